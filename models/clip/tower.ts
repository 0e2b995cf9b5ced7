/**
 * What opening either tower of CLIP has in common.
 *
 * @module
 */
import type { InferenceSession } from "onnxruntime-node";
import { byteProductsOverflow } from "../../onnx/byte_products.ts";
import type { Graph } from "../../onnx/graph.ts";
import { openSession, type Provider } from "../../onnx/session.ts";
import type { ModelFiles } from "../model_files.ts";
import { quantisedWeights, type TowerName } from "./quantise.ts";
import { openWeights, type Weights } from "./weights.ts";

/** The number format of a tower's matrix products. */
export type Precision = "f32" | "int8";

/** How to open a tower. */
export interface TowerOptions {
  /** Where it runs. Defaults to `cpu`. */
  readonly provider?: Provider;
  /** Threads inside an operator. Defaults to every core. */
  readonly threads?: number;
  /** Defaults to `f32`. */
  readonly precision?: Precision;
  /** Where quantised weights are kept. Defaults to a folder of the cache. */
  readonly cacheDir?: string;
  /** Opens in a tenth of the time and runs a little slower: for a process that asks once. */
  readonly oneShot?: boolean;
}

/** The weights of one tower in the precision asked for. */
export async function openTowerWeights(
  model: ModelFiles,
  tower: TowerName,
  { precision = "f32", cacheDir }: TowerOptions,
): Promise<Weights> {
  if (precision === "f32") return await openWeights(model.weightsPath);
  const path = await quantisedWeights(model, tower, cacheDir);
  return await openWeights(path, { exactBytes: await byteProductsOverflow() });
}

/** A session over the graph of a tower. */
export async function openTowerSession(
  graph: Graph,
  weights: Weights,
  { provider, threads, oneShot }: TowerOptions,
): Promise<InferenceSession> {
  return await openSession(graph.toModel(weights.locate), {
    provider,
    threads,
    oneShot,
    weights: weights.folder,
  });
}

/**
 * Refuses tokens that are no numbers: they would be found nowhere, and nobody would know why.
 *
 * @throws {Error} If one is not finite.
 */
export function checkFinite(tokens: Float32Array, { weightsPath }: ModelFiles): void {
  if (tokens.every(Number.isFinite)) return;
  throw new Error(
    `Cannot use the weights "${weightsPath}": what they compute is not finite; they are damaged, ` +
      "get them again",
  );
}
