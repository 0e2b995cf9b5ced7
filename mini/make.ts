/**
 * Makes the embedded model from nothing, or goes on from one: towers from stills of the world, first
 * to see and then to read, heads from its videos, all stored in half precision. Every stage goes on
 * where it ended.
 *
 * @module
 */
import { join } from "node:path";
import { openData } from "../data/open_data.ts";
import { readSafetensors, type TensorSource, writeSafetensors } from "../models/safetensors.ts";
import type { FeatureProgress } from "../features/compute_features.ts";
import type { ParameterValues } from "../train/parameters.ts";
import { type Metrics, RunFolder } from "../train/run_folder.ts";
import { trainModel } from "../train/train_model.ts";
import { generateWorld, type Progress } from "../world/generate.ts";
import { headsConfiguration, type MiniRecipe } from "./configuration.ts";
import { lastSight, trainSight } from "./train_sight.ts";
import { learnedTowers, storeLast, trainTowers } from "./train_towers.ts";

/** The stages, and who is told about them. */
export interface MakeListener {
  sight?(line: Metrics): void;
  towers?(line: Metrics): void;
  videos?(progress: Progress): void;
  features?(progress: FeatureProgress): void;
  heads?(line: Metrics): void;
}

/**
 * Makes the model, or goes on with making it.
 *
 * @param dir Where everything goes: the runs `sight`, `towers` and `heads`, the towers as a model,
 * `model`, the videos `world`, and what comes out, `mini`.
 * @returns Whether it is made; false where the signal ended it before.
 */
export async function makeMini(
  dir: string,
  recipe: MiniRecipe,
  listener: MakeListener,
  signal?: AbortSignal,
): Promise<boolean> {
  const { seed, start, steps, videos } = recipe;
  const pretrained = await firstTowers(dir, recipe, listener, signal);
  if (pretrained === null) return false;
  const folder = await RunFolder.open(join(dir, "towers"), { seed, ...start, steps });
  const towers = await trainTowers(folder, {
    seed,
    course: "from" in start ? "further" : "first",
    steps,
    pretrained,
    onMetrics: listener.towers,
  }, signal);
  if (towers.end === "stopped") return false;
  const model = join(dir, "model");
  await storeLast(folder, seed, model);

  const world = join(dir, "world");
  for await (const progress of generateWorld(world, videos, signal)) {
    listener.videos?.(progress);
  }
  if (signal?.aborted) return false;

  const heads = await trainModel({
    data: await openData(world),
    model,
    out: join(dir, "heads"),
    configuration: headsConfiguration(),
    onFeatures: listener.features,
    onMetrics: listener.heads,
  }, signal);
  if (heads.end === "stopped") return false;
  await storeHalf(join(dir, "heads", "best"), join(dir, "mini"));
  return true;
}

/** What the towers begin with; null where the signal ended it before. */
async function firstTowers(
  dir: string,
  { seed, start }: MiniRecipe,
  listener: MakeListener,
  signal?: AbortSignal,
): Promise<ParameterValues | null> {
  if ("from" in start) return await learnedTowers(start.from, seed);
  const steps = start.seeing;
  const folder = await RunFolder.open(join(dir, "sight"), { seed, steps });
  const { end } = await trainSight(folder, { seed, steps, onMetrics: listener.sight }, signal);
  return end === "stopped" ? null : await lastSight(folder);
}

/** Copies a model's folder with its tensors as F16. */
async function storeHalf(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for (const name of ["config.json", "tokenizer.json", "fovea.json"]) {
    await Deno.copyFile(join(from, name), join(to, name));
  }
  for (const name of ["model.safetensors", "heads.safetensors"]) {
    const file = await readSafetensors(join(from, name));
    const tensors: TensorSource[] = [];
    for (const [tensor, { shape }] of file.tensors) {
      const values = await file.float32(tensor);
      const data = new Uint8Array(Float16Array.from(values).buffer);
      tensors.push({ name: tensor, dtype: "F16", shape, data });
    }
    await writeSafetensors(join(to, name), tensors, { format: "pt" });
  }
}
