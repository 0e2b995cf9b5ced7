/**
 * Writes trained heads beside the towers that they were trained over: a model's folder.
 *
 * @module
 */
import { join } from "node:path";
import { type TensorSource, writeSafetensors } from "../models/safetensors.ts";
import type { MethodSettings } from "./configuration.ts";
import { methodParameters } from "./method_objective.ts";
import type { ParameterValues } from "./parameters.ts";
import { bytesOf } from "./run_folder.ts";
import { storeVariant } from "./variant.ts";

/** What heads are called and were made from. */
export interface HeadsCard {
  readonly name: string;
  readonly trainedOn: string;
}

/**
 * Writes `heads.safetensors` and `fovea.json` where inference can run the method. A variant that it
 * cannot run is written as {@linkcode storeVariant} does.
 */
export async function storeHeads(
  dir: string,
  parameters: ParameterValues,
  settings: MethodSettings,
  dim: number,
  card: HeadsCard,
): Promise<void> {
  await Deno.mkdir(dir, { recursive: true });
  const runs = isRunByInference(settings);
  const specs = methodParameters(dim, 0, settings);
  const tensors = Object.entries(specs)
    .filter(([name]) => !runs || name !== "logit_scale")
    .map(([name, { shape }]): TensorSource => ({
      name,
      dtype: "F32",
      shape,
      data: bytesOf(parameters[name]),
    }));
  if (!runs) return await storeVariant(dir, tensors, { ...card, settings });
  const { rounds, keepRatio, neighbours, spotRatio, attentionHeads, similarities } = settings;
  const json = {
    ...card,
    mode: settings.fullPath ? "skrr" : "hvd",
    ...{ rounds, keepRatio, neighbours, spotRatio, attentionHeads, similarities },
  };
  await writeSafetensors(join(dir, "heads.safetensors"), tensors);
  await Deno.writeTextFile(join(dir, "fovea.json"), JSON.stringify(json, null, 2) + "\n");
}

/** Whether search knows how to run what was trained. */
function isRunByInference(
  { similarities, aggregation, clustering, adapter, rounds }: MethodSettings,
): boolean {
  return similarities.includes("sentence_frame") && similarities.includes("word_patch") &&
    !similarities.includes("word_frame") && aggregation === "mlp" && clustering === "dpc-knn" &&
    !adapter && rounds > 0;
}
