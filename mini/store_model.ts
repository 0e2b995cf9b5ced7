/**
 * Writes towers as a model's folder in Hugging Face layout.
 *
 * @module
 */
import { join } from "node:path";
import { type TensorSource, writeSafetensors } from "../models/safetensors.ts";
import { bytesOf } from "../train/run_folder.ts";
import type { ParameterSpecs, ParameterValues } from "../train/parameters.ts";
import { trainableText, trainableVision } from "../train/towers.ts";
import { clipConfig, clipConfigJson } from "./configuration.ts";

/** What a model is made of. */
export interface StoredModel {
  readonly parameters: ParameterValues;
  /** Its `tokenizer.json`. */
  readonly definition: object;
  readonly vocabularySize: number;
}

/** Writes `config.json`, `tokenizer.json` and `model.safetensors`. */
export async function storeModel(
  dir: string,
  { parameters, definition, vocabularySize }: StoredModel,
): Promise<void> {
  await Deno.mkdir(dir, { recursive: true });
  await Deno.writeTextFile(join(dir, "config.json"), configText(vocabularySize));
  await Deno.writeTextFile(join(dir, "tokenizer.json"), tokenizerText(definition));
  const config = clipConfig(vocabularySize);
  const { patchSize } = config.vision;
  const specs: ParameterSpecs = {
    ...trainableVision(config).specs,
    ...trainableText(config, 2).specs,
    logit_scale: { shape: [], init: { constant: 0 }, decay: false },
  };
  const tensors = Object.entries(specs).map(([name, { shape }]): TensorSource => ({
    name,
    dtype: "F32",
    shape: checkpointShape(name, shape, patchSize),
    data: bytesOf(parameters[name]),
  }));
  await writeSafetensors(join(dir, "model.safetensors"), tensors, { format: "pt" });
}

/** What `config.json` says. */
export function configText(vocabularySize: number): string {
  return JSON.stringify(clipConfigJson(vocabularySize), null, 2) + "\n";
}

/** What `tokenizer.json` says. */
export function tokenizerText(definition: object): string {
  return JSON.stringify(definition) + "\n";
}

/** The shapes of PyTorch's modules, where the graphs group dimensions otherwise. */
function checkpointShape(
  name: string,
  shape: readonly number[],
  patchSize: number,
): readonly number[] {
  if (name.endsWith("class_embedding")) return [shape.at(-1)!];
  if (name.endsWith("patch_embedding.weight")) return [shape[0], 3, patchSize, patchSize];
  return shape;
}
