/**
 * What opening either tower of CLIP has in common.
 *
 * @module
 */
import type { Provider } from "../../onnx/session.ts";
import type { ModelFiles } from "../model_files.ts";
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
  /** Opens in a tenth of the time and runs a little slower: for a process that asks once. */
  readonly oneShot?: boolean;
}

/** The weights of one tower in the precision asked for. */
export async function openTowerWeights(
  model: ModelFiles,
  _tower: "vision" | "text",
  { precision = "f32" }: TowerOptions,
): Promise<Weights> {
  if (precision !== "f32") throw new Error(`Cannot open "${model.name}" in ${precision}`);
  return await openWeights(model.weightsPath);
}
