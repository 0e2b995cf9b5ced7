/**
 * Writes learned towers in the layout of the model that they began as.
 *
 * @module
 */
import { join } from "node:path";
import type { ModelFiles } from "../models/model_files.ts";
import { readSafetensors, type TensorSource, writeSafetensors } from "../models/safetensors.ts";
import type { ParameterValues } from "./parameters.ts";
import { bytesOf } from "./run_folder.ts";

const TEXT_FILES = ["config.json", "tokenizer.json", "vocab.json", "merges.txt"];

/** Writes `model.safetensors` with what was learned, and copies what describes the model. */
export async function storeTowers(
  dir: string,
  parameters: ParameterValues,
  model: ModelFiles,
): Promise<void> {
  await Deno.mkdir(dir, { recursive: true });
  for (const name of TEXT_FILES) {
    const text = await Deno.readTextFile(join(model.dir, name)).catch(() => null);
    if (text !== null) await Deno.writeTextFile(join(dir, name), text);
  }
  const file = await readSafetensors(model.weightsPath);
  const tensors: TensorSource[] = [];
  for (const [name, { shape }] of file.tensors) {
    if (name in parameters) {
      tensors.push({ name, dtype: "F32", shape, data: bytesOf(parameters[name]) });
    }
  }
  await writeSafetensors(join(dir, "model.safetensors"), tensors, { format: "pt" });
}
