import * as ort from "onnxruntime-node";
import { type ClipConfig, parseClipConfig } from "../../../models/clip/config.ts";
import type { Graph } from "../../../onnx/graph.ts";
import { openSession } from "../../../onnx/session.ts";
import { sizeOf } from "../../../train/parameters.ts";
import { Random } from "../../../world/random.ts";

/** How many pictures are looked at. */
export const PICTURES = 5;

/** A tower with a stem of both kinds of stages. */
export const CONFIG: ClipConfig = parseClipConfig({
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
/** The values of a patch. */
export const ROW = 3 * CONFIG.vision.patchSize ** 2;

/** Tensors by name. */
export type Values = Record<string, Float32Array>;

/** Normally distributed numbers. */
export function noise(seed: string, length: number): Float32Array {
  const random = new Random(seed);
  const normal = () =>
    Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
  return Float32Array.from({ length }, normal);
}

/** Every weight that a graph declares, at random. */
export function randomWeights(graph: Graph): Values {
  return Object.fromEntries(
    [...graph.weights.values()].map(({ name, dims }) => [
      name,
      noise(name, sizeOf(dims)).map((value) => 0.3 * value + (/norm.*weight$/.test(name) ? 1 : 0)),
    ]),
  );
}

/** The outputs of a graph over patches `cut`. */
export async function run(graph: Graph, weights: Values, cut: Float32Array): Promise<Values> {
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
