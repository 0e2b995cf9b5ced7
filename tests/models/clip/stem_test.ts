import assert from "node:assert/strict";
import type { VisionConfig } from "../../../models/clip/config.ts";
import { convolutionalStem } from "../../../models/clip/stem.ts";
import { trainableWeights } from "../../../models/clip/trainable.ts";
import { Graph } from "../../../onnx/graph.ts";
import { assertClose } from "../../kernels/close.ts";
import { CONFIG, noise, PICTURES, randomWeights, ROW, run, type Values } from "./small_stem.ts";

const { vision } = CONFIG;

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
