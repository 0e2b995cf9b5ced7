import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import * as ort from "onnxruntime-node";
import { Graph } from "../../../onnx/graph.ts";
import { openSession } from "../../../onnx/session.ts";
import { openTextTower } from "../../../models/clip/text.ts";
import { openVisionTower, visionTokens } from "../../../models/clip/vision.ts";
import { openWeights } from "../../../models/clip/weights.ts";
import type { ModelFiles } from "../../../models/model_files.ts";
import { resolveModel } from "../../../models/registry.ts";
import { readSafetensors, writeSafetensors } from "../../../models/safetensors.ts";

const VECTORS = fileURLToPath(new URL("../../vectors/clip", import.meta.url));
const model = await resolveModel(`${VECTORS}/clip-tiny-quickgelu`);

Deno.test("bytes are normalised as CLIP's statistics say", async () => {
  const { imageSize, patchSize, patches } = model.config.vision;
  const pixels = noise(2 * imageSize * imageSize * 3);
  const tower = await openVisionTower(model);
  const tokens = await tower.encode(pixels);
  await tower.close();

  // The same patches, cut and normalised here, in float64.
  const mean = [0.48145466, 0.4578275, 0.40821073];
  const deviation = [0.26862954, 0.26130258, 0.27577711];
  const side = imageSize / patchSize;
  const area = patchSize * patchSize;
  const cut = Float32Array.from({ length: pixels.length }, (_, i) => {
    const [patch, inside] = [Math.floor(i / (3 * area)), i % (3 * area)];
    const [channel, at] = [Math.floor(inside / area), inside % area];
    const frame = Math.floor(patch / patches);
    const y = Math.floor(patch % patches / side) * patchSize + Math.floor(at / patchSize);
    const x = patch % side * patchSize + at % patchSize;
    const byte = pixels[((frame * imageSize + y) * imageSize + x) * 3 + channel];
    return (byte / 255 - mean[channel]) / deviation[channel];
  });
  const weights = await openWeights(model.weightsPath);
  const g = new Graph("patches");
  visionTokens(g, model.config, weights, g.input("cut", "float32", ["patches", 3 * area]));
  const session = await openSession(g.toModel(weights.locate), { weights: weights.folder });
  const expected = await session.run({
    cut: new ort.Tensor("float32", cut, [2 * patches, 3 * area]),
  });
  await session.release();
  assertNear(tokens.frames, expected.frames.data as Float32Array, 1e-4);
  assertNear(tokens.patches, expected.patches.data as Float32Array, 1e-4);
});

Deno.test("a frame's tokens do not depend on the frames beside it", async () => {
  const { imageSize, patches } = model.config.vision;
  const bytes = imageSize * imageSize * 3;
  const pixels = noise(3 * bytes);
  const tower = await openVisionTower(model, { threads: 1 });
  const together = await tower.encode(pixels);
  assert.equal(together.frameCount, 3);
  assert.equal(together.patchesPerFrame, patches);
  const { dim } = together;
  for (let f = 0; f < 3; f++) {
    const alone = await tower.encode(pixels.subarray(f * bytes, (f + 1) * bytes));
    assertNear(alone.frames, together.frames.subarray(f * dim, (f + 1) * dim), 1e-5);
    assertNear(
      alone.patches,
      together.patches.subarray(f * patches * dim, (f + 1) * patches * dim),
      1e-5,
    );
  }
  await tower.close();
});

Deno.test("what is encoded can be transferred to another thread", async () => {
  const tower = await openVisionTower(model);
  const { frames, patches } = await tower.encode(noise(32 * 32 * 3));
  await tower.close();
  const transfer = [frames.buffer, patches.buffer] as ArrayBuffer[];
  const moved = structuredClone(frames, { transfer });
  assert.equal(moved.length, model.config.dim);
  assert.equal(patches.length, 0);
});

Deno.test("pixels that are no whole pictures are refused", async () => {
  const tower = await openVisionTower(model);
  for (const length of [0, 100]) {
    await assert.rejects(
      tower.encode(new Uint8Array(length)),
      new RangeError(`Expected whole pictures of 32 × 32 RGB bytes but found ${length} bytes`),
    );
  }
  await tower.close();
});

Deno.test("a text has its own length, its pieces and its end", async () => {
  const tower = await openTextTower(model);
  const { dim } = model.config;
  const text = await tower.encode("A dog");
  assert.deepEqual(text.pieces.at(0), "<|startoftext|>");
  assert.deepEqual(text.pieces.at(-1), "<|endoftext|>");
  assert.equal(text.pieces.slice(1, -1).join(""), "adog");
  assert.equal(text.wordCount, text.pieces.length);
  assert.equal(text.words.length, text.wordCount * dim);
  assert.deepEqual(text.sentence, text.words.slice(-dim));
  assert.equal(text.truncated, false);

  // Attention is causal: the words both begin with have the same tokens.
  const longer = await tower.encode("A dog runs");
  const shared = (text.wordCount - 1) * dim;
  assertNear(longer.words.subarray(0, shared), text.words.subarray(0, shared), 1e-5);

  const cut = await tower.encode("dog ".repeat(60));
  assert.equal(cut.wordCount, model.config.text.contextLength);
  assert.equal(cut.truncated, true);
  const empty = await tower.encode("");
  assert.equal(empty.wordCount, 2);
  await tower.close();
});

Deno.test("a session for one run gives the same tokens", async () => {
  const [packed, mapped] = await Promise.all([false, true].map(async (oneShot) => {
    const tower = await openTextTower(model, { oneShot });
    const { words } = await tower.encode("a dog on the beach");
    await tower.close();
    return words;
  }));
  assertNear(mapped, packed, 1e-5);
});

/** Writes the tiny model's weights with others in their places. */
async function rewritten(
  dir: string,
  name: string,
  dtype: "F32" | "F16" | "BF16",
  change: (values: Float32Array, tensor: string) => ArrayLike<number> & ArrayBufferView,
): Promise<ModelFiles> {
  const source = await readSafetensors(model.weightsPath);
  const weightsPath = `${dir}/${name}.safetensors`;
  const numbers = [...source.tensors].filter(([, tensor]) => tensor.dtype === "F32");
  await writeSafetensors(
    weightsPath,
    numbers.map(([tensor, { shape }]) => ({
      name: tensor,
      dtype,
      shape,
      data: async () => {
        const { buffer } = change(await source.float32(tensor), tensor);
        return new Uint8Array(buffer as ArrayBuffer);
      },
    })),
  );
  return { ...model, weightsPath };
}

for (const dtype of ["F16", "BF16"] as const) {
  Deno.test(`${dtype} weights are the numbers that they stand for`, () =>
    inFolder(async (dir) => {
      const bits = (values: Float32Array) => new Uint32Array(values.buffer);
      const [packed, plain] = dtype === "F16"
        ? [
          await rewritten(dir, "packed", dtype, (values) => new Float16Array(values)),
          await rewritten(
            dir,
            "plain",
            "F32",
            (values) => Float32Array.from(values, Math.f16round),
          ),
        ]
        : [
          await rewritten(
            dir,
            "packed",
            dtype,
            (values) => Uint16Array.from(bits(values), (word) => word >>> 16),
          ),
          await rewritten(
            dir,
            "plain",
            "F32",
            (values) => bits(values).map((word) => word & 0xffff0000),
          ),
        ];
      const pixels = noise(model.config.vision.imageSize ** 2 * 3);
      const tokens = await Promise.all([packed, plain].map(async (files) => {
        const text = await openTextTower(files), vision = await openVisionTower(files);
        const { words } = await text.encode("a dog");
        const { frames, patches } = await vision.encode(pixels);
        await text.close();
        await vision.close();
        return [words, frames, patches];
      }));
      tokens[0].forEach((half, i) => assertNear(half, tokens[1][i], 1e-6));
    }));
}

Deno.test("weights that give no numbers are called damaged", () =>
  inFolder(async (dir) => {
    const damaged = await rewritten(
      dir,
      "damaged",
      "F32",
      (values, name) => name.endsWith("_projection.weight") ? values.fill(NaN) : values,
    );
    const text = await openTextTower(damaged), vision = await openVisionTower(damaged);
    const pixels = new Uint8Array(model.config.vision.imageSize ** 2 * 3);
    for (const encode of [() => text.encode("a dog"), () => vision.encode(pixels)]) {
      await assert.rejects(encode, {
        message: `Cannot use the weights "${damaged.weightsPath}": what they compute is not ` +
          "finite; they are damaged, get them again",
      });
    }
    await text.close();
    await vision.close();
  }));

Deno.test("weights may lie behind symbolic links", () =>
  inFolder(async (dir) => {
    for (const file of ["config.json", "model.safetensors", "tokenizer.json"]) {
      await Deno.symlink(`${VECTORS}/clip-tiny-gelu/${file}`, `${dir}/${file}`);
    }
    const linked = await resolveModel(dir);
    const tower = await openTextTower(linked);
    assert.equal((await tower.encode("a dog")).sentence.length, 24);
    await tower.close();
  }));

Deno.test("pixels beyond the last whole patch are not seen", () =>
  inFolder(async (dir) => {
    // The tiny model with 3 × 3 of its 4 × 4 positions, for pictures of 24 and of 30 pixels.
    const source = await readSafetensors(model.weightsPath);
    const weightsPath = `${dir}/model.safetensors`;
    const positions = "vision_model.embeddings.position_embedding.weight";
    const width = model.config.vision.width;
    await writeSafetensors(
      weightsPath,
      [...source.tensors].map(([name, { dtype, shape }]) =>
        name === positions
          ? {
            name,
            dtype,
            shape: [10, width],
            data: async () => (await source.bytes(name)).slice(0, 10 * width * 4),
          }
          : { name, dtype, shape, data: () => source.bytes(name) }
      ),
    );
    const encode = async (imageSize: number, pixels: Uint8Array) => {
      const vision = { ...model.config.vision, imageSize, patches: 9 };
      const files: ModelFiles = { ...model, weightsPath, config: { ...model.config, vision } };
      const tower = await openVisionTower(files);
      const tokens = await tower.encode(pixels);
      await tower.close();
      return tokens;
    };
    const large = noise(30 * 30 * 3);
    const small = Uint8Array.from({ length: 24 * 24 * 3 }, (_, i) => {
      const [y, x] = [Math.floor(i / 72), i % 72];
      return large[y * 90 + x];
    });
    assert.deepEqual(await encode(30, large), await encode(24, small));
  }));

Deno.test("weights that do not fit the config are refused in one line", async () => {
  const { config, weightsPath } = model;
  const changed = (changes: Partial<typeof config>) => ({
    ...model,
    config: { ...config, ...changes },
  });
  await assert.rejects(
    openVisionTower(changed({ vision: { ...config.vision, layers: 4 } })),
    new Error(
      `Cannot use the weights of "${weightsPath}": they have no ` +
        '"vision_model.encoder.layers.3.layer_norm1.weight"',
    ),
  );
  await assert.rejects(
    openTextTower(changed({ dim: 48 })),
    new Error(
      `Cannot use the weights of "${weightsPath}": "text_projection.weight" is [32,48] but the ` +
        "config asks for [48,48]",
    ),
  );
});

Deno.test("weights that are cut short are refused in one line", () =>
  inFolder(async (dir) => {
    const bytes = await Deno.readFile(model.weightsPath);
    const weightsPath = `${dir}/model.safetensors`;
    await Deno.writeFile(weightsPath, bytes.subarray(0, bytes.length - 1));
    await assert.rejects(
      openVisionTower({ ...model, weightsPath }),
      new Error(
        `Cannot read weights from "${weightsPath}": it is cut short: its header names ` +
          `${bytes.length} bytes, the file has ${bytes.length - 1}`,
      ),
    );
  }));

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

function assertNear(actual: Float32Array, expected: Float32Array, tolerance: number): void {
  assert.equal(actual.length, expected.length);
  const worst = expected.reduce((max, e, i) => Math.max(max, Math.abs(actual[i] - e)), 0);
  assert(worst < tolerance, `off by ${worst}`);
}
