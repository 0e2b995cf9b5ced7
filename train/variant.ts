/**
 * Trained heads that search cannot run: those of the baselines, and the variants of tables 4 and 10.
 * They are evaluated by the functions that they were trained with.
 *
 * @module
 */
import { join } from "node:path";
import { readSafetensors, type TensorSource, writeSafetensors } from "../models/safetensors.ts";
import type { MethodSettings } from "./configuration.ts";
import type { ParameterValues } from "./parameters.ts";

/** What is known of a variant. */
export interface VariantCard {
  readonly name: string;
  readonly trainedOn: string;
  readonly settings: MethodSettings;
}

/** A variant as it lies beside its towers. */
export interface Variant extends VariantCard {
  readonly parameters: ParameterValues;
}

const TENSORS = "variant.safetensors", CARD = "variant.json";

/** Writes `variant.safetensors` and `variant.json`. */
export async function storeVariant(
  dir: string,
  tensors: readonly TensorSource[],
  card: VariantCard,
): Promise<void> {
  await writeSafetensors(join(dir, TENSORS), tensors);
  await Deno.writeTextFile(join(dir, CARD), JSON.stringify(card, null, 2) + "\n");
}

/** Reads the variant in a model's folder; null where there is none. */
export async function loadVariant(dir: string): Promise<Variant | null> {
  let card: VariantCard;
  try {
    card = JSON.parse(await Deno.readTextFile(join(dir, CARD)));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
  const file = await readSafetensors(join(dir, TENSORS));
  const parameters: ParameterValues = {};
  for (const name of file.tensors.keys()) parameters[name] = await file.float32(name);
  return { ...card, parameters };
}
