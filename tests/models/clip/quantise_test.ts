import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as ort from "onnxruntime-node";
import { quantisedWeights, quantiseRows } from "../../../models/clip/quantise.ts";
import { openTextTower, textGraph } from "../../../models/clip/text.ts";
import { openVisionTower } from "../../../models/clip/vision.ts";
import { openWeights } from "../../../models/clip/weights.ts";
import { resolveModel } from "../../../models/registry.ts";
import { readSafetensors } from "../../../models/safetensors.ts";
import { byteProductsOverflow } from "../../../onnx/byte_products.ts";
import { openSession } from "../../../onnx/session.ts";
import { worstCosine } from "./worst_cosine.ts";

/**
 * Eight bits keep a weight to 1/254 of its row's largest and an input to 1/510 of its range. Over
 * the two or three layers of the tiny models that turns a token by a degree or two; a wrong scale,
 * row or sign turns it by tens.
 */
const WORST_COSINE = 0.998;

for (const name of ["clip-tiny-quickgelu", "clip-tiny-gelu"]) {
  const model = await resolveModel(
    fileURLToPath(new URL(`../../vectors/clip/${name}`, import.meta.url)),
  );
  const { dim, vision } = model.config;

  Deno.test(`${name}: the tokens of both towers stay near float32's`, () =>
    inFolder(async (cacheDir) => {
      const pixels = noise(4 * vision.imageSize ** 2 * 3);
      const [exact, rounded] = await Promise.all((["f32", "int8"] as const).map(
        async (precision) => {
          const [eye, ear] = await Promise.all([
            openVisionTower(model, { precision, cacheDir }),
            openTextTower(model, { precision, cacheDir }),
          ]);
          const tokens = [await eye.encode(pixels), await ear.encode("a dog runs")] as const;
          await Promise.all([eye.close(), ear.close()]);
          return { ...tokens[0], words: tokens[1].words };
        },
      ));
      for (const part of ["frames", "patches", "words"] as const) {
        const cosine = worstCosine(rounded[part], exact[part], dim);
        assert(cosine > WORST_COSINE, `${part}: ${cosine}`);
        assert.notDeepEqual(rounded[part], exact[part], "nothing was quantised");
      }
    }));
}

const model = await resolveModel(
  fileURLToPath(new URL("../../vectors/clip/clip-tiny-quickgelu", import.meta.url)),
);

Deno.test("quantised weights are made once", () =>
  inFolder(async (dir) => {
    const path = await quantisedWeights(model, "text", `${dir}/deep/int8`);
    const { ino } = await Deno.stat(path);
    assert.equal(await quantisedWeights(model, "text", `${dir}/deep/int8`), path);
    assert.equal((await Deno.stat(path)).ino, ino);
    assert.notEqual(await quantisedWeights(model, "vision", `${dir}/deep/int8`), path);
  }));

Deno.test("damaged quantised weights are made anew", () =>
  inFolder(async (dir) => {
    const path = await quantisedWeights(model, "text", dir);
    const right = await Deno.readFile(path);
    for (const wrong of [right.subarray(0, 999), new Uint8Array(), right.subarray(0, -1)]) {
      await Deno.writeFile(path, wrong);
      await quantisedWeights(model, "text", dir);
      assert.deepEqual(await Deno.readFile(path), right);
    }
    // Whole, but of another model.
    const other = { ...model, fingerprint: "other" };
    await Deno.rename(await quantisedWeights(other, "text", dir), path);
    await quantisedWeights(model, "text", dir);
    assert.deepEqual(await Deno.readFile(path), right);
  }));

Deno.test("a model that differs in one tensor has quantised weights of its own", () =>
  inFolder(async (dir) => {
    const path = await quantisedWeights(model, "text", dir);
    const before = await Deno.readFile(path);
    const trained = await Deno.readFile(model.weightsPath);
    const { tensors } = await readSafetensors(model.weightsPath);
    const { offset, length } = tensors.get("text_model.encoder.layers.1.mlp.fc1.weight")!;
    trained.subarray(offset, offset + length).reverse();
    await Deno.writeFile(`${dir}/model.safetensors`, trained);
    for (const file of ["config.json", "tokenizer.json"]) {
      await Deno.copyFile(join(model.dir, file), join(dir, file));
    }
    const tuned = await resolveModel(dir);
    assert.notDeepEqual(await Deno.readFile(await quantisedWeights(tuned, "text", dir)), before);
  }));

Deno.test("a cache that cannot be is told in one line", () =>
  inFolder(async (dir) => {
    await Deno.writeTextFile(`${dir}/file`, "");
    await assert.rejects(
      quantisedWeights(model, "text", `${dir}/file/int8`),
      /^Error: Cannot keep int8 weights in "[^\n]*int8": [^\n]*; set FOVEA_CACHE to a folder that can be written to$/,
    );
  }));

Deno.test("several at once make one whole file", () =>
  inFolder(async (dir) => {
    const paths = await Promise.all(
      Array.from({ length: 4 }, () => quantisedWeights(model, "vision", dir)),
    );
    assert.equal(new Set(paths).size, 1);
    await openWeights(paths[0]);
  }));

Deno.test("what a killed process left half written is removed", () =>
  inFolder(async (dir) => {
    const left = `${dir}/${model.fingerprint}-text.safetensors.1234.part`;
    await Deno.writeTextFile(left, "half");
    await quantisedWeights(model, "text", dir);
    await assert.rejects(Deno.stat(left), Deno.errors.NotFound);
  }));

Deno.test("bytes without a sign give float32's tokens, and those of signed ones where none overflow", async () => {
  const overflows = await byteProductsOverflow();
  await inFolder(async (dir) => {
    const path = await quantisedWeights(model, "text", dir);
    const [float32, fast, exact] = await Promise.all(
      ([[model.weightsPath, false], [path, false], [path, true]] as const).map(
        async ([path, exactBytes]) => {
          const weights = await openWeights(path, { exactBytes });
          const graph = textGraph(model.config, weights).toModel(weights.locate);
          const session = await openSession(graph, { weights: weights.folder });
          const ids = new ort.Tensor("int64", BigInt64Array.of(598n, 5n, 77n, 599n), [4]);
          const { words } = await session.run({ ids });
          await session.release();
          return words.data as Float32Array;
        },
      ),
    );
    assert(worstCosine(exact, float32, model.config.dim) > WORST_COSINE);
    if (!overflows) assert(worstCosine(fast, exact, model.config.dim) > 0.9999);
  });
});

Deno.test("a row's largest weight is kept, zero rows too", () => {
  const { values, scales } = quantiseRows(
    Float32Array.of(-2.54, 0.02, 1.27, 0, 0, 0, 3e-9, -3e-9, 1e-9),
    3,
    3,
  );
  assert.deepEqual([...values], [-127, 0, 127, 1, 0, -127, 64, 0, 42]); // [inputs, outputs]
  assert.deepEqual(scales, Float32Array.of(2.54 / 127, 1, 3e-9 / 127));
});

async function inFolder(test: (dir: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    await test(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

function noise(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => Math.imul(i + 1, 2654435761) >>> 24);
}
