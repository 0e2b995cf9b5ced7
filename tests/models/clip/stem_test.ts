import assert from "node:assert/strict";
import * as ort from "onnxruntime-node";
import { settle } from "../../../mini/settle.ts";
import {
  type ClipConfig,
  parseClipConfig,
  type VisionConfig,
} from "../../../models/clip/config.ts";
import { convolutionalStem } from "../../../models/clip/stem.ts";
import { normalisingWeights, trainableWeights } from "../../../models/clip/trainable.ts";
import { visionTokens } from "../../../models/clip/vision.ts";
import { Graph } from "../../../onnx/graph.ts";
import { openSession } from "../../../onnx/session.ts";
import { sizeOf } from "../../../train/parameters.ts";
import { Random } from "../../../world/random.ts";
import { assertClose } from "../../kernels/close.ts";

const PICTURES = 5;

const CONFIG: ClipConfig = parseClipConfig({
  model_type: "clip",
  projection_dim: 8,
  vision_config: {
    image_size: 18,
    patch_size: 6,
    hidden_size: 16,
    num_attention_heads: 2,
    intermediate_size: 32,
    num_hidden_layers: 1,
    stem: [{ stride: 3, width: 8, blocks: 0 }, { stride: 2, width: 16, blocks: 2 }],
  },
});
const { vision } = CONFIG;
const ROW = 3 * vision.patchSize ** 2;

type Values = Record<string, Float32Array>;

/** Normally distributed numbers. */
function noise(seed: string, length: number): Float32Array {
  const random = new Random(seed);
  const normal = () =>
    Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
  return Float32Array.from({ length }, normal);
}

/** Every weight that a graph declares, at random. */
function randomWeights(graph: Graph): Values {
  return Object.fromEntries(
    [...graph.weights.values()].map(({ name, dims }) => [
      name,
      noise(name, sizeOf(dims)).map((value) => 0.3 * value + (/norm.*weight$/.test(name) ? 1 : 0)),
    ]),
  );
}

async function run(graph: Graph, weights: Values, cut: Float32Array): Promise<Values> {
  const session = await openSession(graph.toModel(), { threads: 1 });
  const outputs = await session.run({
    cut: new ort.Tensor("float32", cut, [cut.length / ROW, ROW]),
    ...Object.fromEntries(
      [...graph.weights.values()].map(({ name, dims }) => [
        name,
        new ort.Tensor("float32", weights[name], dims),
      ]),
    ),
  });
  await session.release();
  return Object.fromEntries(
    Object.entries(outputs).map(([name, { data }]) => [name, data as Float32Array]),
  );
}

/** A stem of loops: convolutions over pictures as [y][x][channel]. */
function loops(weights: Values, cut: Float32Array, { imageSize, patchSize, stem }: VisionConfig) {
  const across = imageSize / patchSize;
  let side = imageSize, channels = 3;
  let at = (y: number, x: number, c: number) => {
    const patch = Math.floor(y / patchSize) * across + Math.floor(x / patchSize);
    return cut[patch * ROW + (c * patchSize + y % patchSize) * patchSize + x % patchSize];
  };
  const convolved = (name: string, size: number, stride: number, width: number) => {
    const from = at, [inside, inputs] = [side, channels];
    const out = new Float32Array((inside / stride) ** 2 * width);
    const [weight, bias] = [weights[`${name}.weight`], weights[`${name}.bias`]];
    const before = stride === 1 ? 1 : 0; // the neighbour above, or the window's own first row
    side = inside / stride;
    channels = width;
    for (let i = 0; i < out.length; i++) {
      const [place, o] = [Math.floor(i / width), i % width];
      const [top, left] = [Math.floor(place / side) * stride, place % side * stride];
      let sum = bias[o];
      for (let k = 0; k < size * size * inputs; k++) {
        const [cell, c] = [Math.floor(k / inputs), k % inputs];
        const y = top - before + Math.floor(cell / size), x = left - before + cell % size;
        if (y < 0 || x < 0 || y >= inside || x >= inside) continue;
        sum += weight[o * size * size * inputs + k] * from(y, x, c);
      }
      out[i] = Math.max(0, sum);
    }
    const own = side;
    at = (y, x, c) => out[(y * own + x) * width + c];
    return out;
  };
  let last = new Float32Array();
  stem.forEach(({ stride, width, blocks }, stage) => {
    const name = `vision_model.embeddings.stem.${stage}`;
    last = convolved(`${name}.merge`, stride, stride, width);
    for (let block = 0; block < blocks; block++) {
      const before = last;
      convolved(`${name}.blocks.${block}.conv1`, 3, 1, width);
      const second = convolved(`${name}.blocks.${block}.conv2`, 3, 1, width);
      last = second.map((value, i) => value + before[i]);
      const [own, values] = [side, last];
      at = (y, x, c) => values[(y * own + x) * width + c];
    }
  });
  return last;
}

Deno.test("a stem is its convolutions, each at every place with its neighbours", async () => {
  const graph = new Graph("stem");
  const cut = graph.input("cut", "float32", ["patches", ROW]);
  const embedded = convolutionalStem(graph, trainableWeights, cut, vision);
  graph.output("embedded", embedded, "float32", ["patches", vision.width]);
  const weights = randomWeights(graph);
  const pictures = noise("pictures", PICTURES * vision.patches * ROW);
  const { embedded: found } = await run(graph, weights, pictures);
  const size = vision.patches * ROW;
  const expected = Array.from(
    { length: PICTURES },
    (_, i) => loops(weights, pictures.subarray(i * size, (i + 1) * size), vision),
  ).flatMap((it) => [...it]);
  assert(expected.some((value) => value > 1));
  assertClose(found, expected, 1e-4);
});

Deno.test("settled towers see each picture as its batch was seen", async () => {
  const learning = new Graph("learning");
  visionTokens(
    learning,
    CONFIG,
    normalisingWeights(),
    learning.input("cut", "float32", ["patches", ROW]),
  );
  const weights = randomWeights(learning);
  const pictures = noise("pictures", PICTURES * vision.patches * ROW);
  const expected = await run(learning, weights, pictures);

  const settled = await settle(weights, CONFIG, pictures);
  const stored = new Graph("stored");
  visionTokens(stored, CONFIG, trainableWeights, stored.input("cut", "float32", ["patches", ROW]));
  assert.deepEqual(new Set(Object.keys(settled)), new Set(stored.weights.keys()));
  const found = await run(stored, settled, pictures);
  assertClose(found.frames, [...expected.frames], 1e-4);
  assertClose(found.patches, [...expected.patches], 1e-4);

  // One picture alone is seen as among the others.
  const alone = await run(stored, settled, pictures.subarray(0, vision.patches * ROW));
  assertClose(alone.frames, [...expected.frames.subarray(0, CONFIG.dim)], 1e-4);
});
