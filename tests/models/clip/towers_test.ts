import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import * as ort from "onnxruntime-node";
import { Graph, type Value } from "../../../onnx/graph.ts";
import { openSession } from "../../../onnx/session.ts";
import { readClipConfig, type VisionConfig } from "../../../models/clip/config.ts";
import { textGraph } from "../../../models/clip/text.ts";
import { endOf } from "../../../models/clip/tokenizer.ts";
import { visionTokens } from "../../../models/clip/vision.ts";
import { openWeights } from "../../../models/clip/weights.ts";

const TOLERANCE = 1e-4;

for (const name of ["clip-tiny-quickgelu", "clip-tiny-gelu"]) {
  const dir = fileURLToPath(new URL(`../../vectors/clip/${name}`, import.meta.url));
  const read = async (file: string) => JSON.parse(await Deno.readTextFile(`${dir}/${file}`));
  const config = await readClipConfig(`${dir}/config.json`);
  const weights = await openWeights(`${dir}/model.safetensors`);
  const inputs = await read("inputs.json");
  const expected = await read("expected.json");
  const run = async (graph: Graph, feeds: Record<string, ort.Tensor>) => {
    const session = await openSession(graph.toModel(weights.locate), { weights: weights.folder });
    const output = await session.run(feeds);
    await session.release();
    return output;
  };
  const words = async (ids: number[]) => {
    const output = await run(textGraph(config, weights), {
      ids: new ort.Tensor("int64", BigInt64Array.from(ids, BigInt), [ids.length]),
    });
    return output.words.data as Float32Array;
  };

  Deno.test(`${name}: every vision token equals the reference's`, async () => {
    const { imageSize } = config.vision;
    const g = new Graph("normalised-pictures");
    const pictures = g.input("pictures", "float32", ["frames", 3, imageSize, imageSize]);
    visionTokens(g, config, weights, cutPatches(g, config.vision, pictures));
    const { frames, patches } = await run(g, {
      pictures: new ort.Tensor("float32", inputs.pixel_values.flat(3), [
        2,
        3,
        imageSize,
        imageSize,
      ]),
    });

    const tokens: number[][][] = expected.vision_tokens;
    assert.deepEqual(frames.dims, [2, config.dim]);
    assert.deepEqual(patches.dims, [2 * config.vision.patches, config.dim]);
    assertNear(frames.data, tokens.map((picture) => picture[0]).flat());
    assertNear(frames.data, expected.image_embeds.flat());
    assertNear(patches.data, tokens.map((picture) => picture.slice(1)).flat(2));
  });

  for (const padding of ["zero", "eot"]) {
    const rows: number[][] = inputs[`input_ids_pad_${padding}`];
    const tokens: number[][][] = expected[`text_tokens_pad_${padding}`];

    for (const [i, row] of rows.entries()) {
      Deno.test(`${name}: every token of text ${i} padded with ${padding}`, async () => {
        assert.equal(endOf(row, config.text.endOfText), inputs.eot_positions[i]);
        const whole = await words(row);
        assertNear(whole, tokens[i].flat());
        // Without its padding the text has the same tokens.
        const length: number = inputs.lengths[i];
        const own = await words(row.slice(0, length));
        assertNear(own, tokens[i].slice(0, length).flat());
        const end = inputs.eot_positions[i] * config.dim;
        assertNear(own.slice(end, end + config.dim), expected.text_embeds[i]);
      });
    }
  }
}

/** [F, 3, S, S] → [F·P, 3·patchSize²], as the vectors' pictures are stored. */
function cutPatches(g: Graph, { imageSize, patchSize }: VisionConfig, pictures: Value): Value {
  const side = imageSize / patchSize;
  const cut = g.op("Transpose", [
    g.op("Reshape", [pictures, g.ints([0, 3, side, patchSize, side, patchSize])]),
  ], { perm: [0, 2, 4, 1, 3, 5] });
  return g.op("Reshape", [cut, g.ints([-1, 3 * patchSize * patchSize])]);
}

function assertNear(actual: ArrayLike<unknown>, expected: readonly number[]): void {
  assert.equal(actual.length, expected.length);
  const worst = expected.reduce((max, e, i) => Math.max(max, Math.abs(Number(actual[i]) - e)), 0);
  assert(worst < TOLERANCE, `off by ${worst}`);
}
