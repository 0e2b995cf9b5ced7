import assert from "node:assert/strict";
import { settle, unsettle } from "../../mini/settle.ts";
import { normalisingWeights, trainableWeights } from "../../models/clip/trainable.ts";
import type { TowerWeights } from "../../models/clip/weights.ts";
import { visionTokens } from "../../models/clip/vision.ts";
import { Graph } from "../../onnx/graph.ts";
import { assertClose } from "../kernels/close.ts";
import { CONFIG, noise, PICTURES, randomWeights, ROW, run } from "../models/clip/small_stem.ts";

const { vision } = CONFIG;

function tower(weights: TowerWeights): Graph {
  const graph = new Graph("vision");
  visionTokens(graph, CONFIG, weights, graph.input("cut", "float32", ["patches", ROW]));
  return graph;
}

Deno.test("settled towers see each picture as its batch was seen", async () => {
  const learning = tower(normalisingWeights());
  const weights = randomWeights(learning);
  const pictures = noise("pictures", PICTURES * vision.patches * ROW);
  const expected = await run(learning, weights, pictures);

  const settled = await settle(weights, CONFIG, pictures);
  const stored = tower(trainableWeights);
  assert.deepEqual(new Set(Object.keys(settled)), new Set(stored.weights.keys()));
  const found = await run(stored, settled, pictures);
  assertClose(found.frames, [...expected.frames], 1e-4);
  assertClose(found.patches, [...expected.patches], 1e-4);

  // One picture alone is seen as among the others.
  const alone = await run(stored, settled, pictures.subarray(0, vision.patches * ROW));
  assertClose(alone.frames, [...expected.frames.subarray(0, CONFIG.dim)], 1e-4);
});

Deno.test("towers that are to learn on see pictures as they did", async () => {
  const stored = tower(trainableWeights);
  const settled = randomWeights(stored);
  const pictures = noise("pictures", PICTURES * vision.patches * ROW);
  const expected = await run(stored, settled, pictures);

  const unsettled = await unsettle(settled, CONFIG, pictures);
  const learning = tower(normalisingWeights());
  assert.deepEqual(new Set(Object.keys(unsettled)), new Set(learning.weights.keys()));
  const found = await run(learning, unsettled, pictures);
  assertClose(found.frames, [...expected.frames], 1e-4);
  assertClose(found.patches, [...expected.patches], 1e-4);
});
