/**
 * Writes a generated collection to disk: a folder a split, with its videos, `captions.jsonl`, and
 * `recovered-clean.jsonl`: what a machine that makes no mistakes would say of them. As
 * `recovered.jsonl` it takes the place of what is in `captions.jsonl`.
 *
 * @module
 */
import { join } from "node:path";
import { z } from "zod";
import { worldVideo } from "./collection.ts";
import { drawFrame } from "./draw.ts";
import { frameCount, labelsOf } from "./labels.ts";
import { writeMp4 } from "./mp4.ts";
import type { Scene, Split } from "./scene.ts";

/** Side of the videos in pixels. */
export const SIDE = 192;

/** Frames a second. */
export const RATE = 10;

/** Changes when the same seed comes to give other videos. */
const VERSION = 2;

/** Says what a folder holds. */
const RECIPE = "world.json";

const Recipe = z.object({
  version: z.number(),
  seed: z.string(),
  train: z.number(),
  validation: z.number(),
  test: z.number(),
});

/** A collection: the seed, and how many videos each split has. */
export type Recipe = Omit<z.infer<typeof Recipe>, "version">;

/** How far a collection is. */
export interface Progress {
  readonly done: number;
  readonly total: number;
  /** How many of them were there already. */
  readonly kept: number;
}

/**
 * Writes a collection, or what is missing of it: the same recipe gives the same bytes, and a run
 * that was ended goes on where it was. A split's `captions.jsonl` appears when its videos are
 * whole.
 *
 * @param out The folder; it is made where it is missing.
 * @yields After each video.
 * @throws {Error} If the folder holds another collection, or cannot be written.
 */
export async function* generateWorld(
  out: string,
  recipe: Recipe,
  signal?: AbortSignal,
): AsyncGenerator<Progress> {
  await Deno.mkdir(out, { recursive: true });
  await claim(out, recipe);
  const total = recipe.train + recipe.validation + recipe.test;
  let done = 0, kept = 0;
  for (const split of ["train", "validation", "test"] as const) {
    if (recipe[split] === 0) continue;
    const folder = join(out, split);
    await Deno.mkdir(folder, { recursive: true });
    const lines: string[] = [], clean: string[] = [];
    for (let number = 0; number < recipe[split]; number++) {
      if (signal?.aborted) return;
      const video = worldVideo(recipe.seed, split, number);
      const labels = labelsOf(video, RATE);
      lines.push(`${JSON.stringify(labels)}\n`);
      clean.push(`${JSON.stringify({ video: video.name, recovered: labels.recoveredClean })}\n`);
      const path = join(folder, video.name);
      if (await isThere(path)) kept++;
      else await writeVideo(path, video.scene);
      yield { done: ++done, total, kept };
    }
    await writeWhole(join(folder, "recovered-clean.jsonl"), clean.join(""));
    await writeWhole(join(folder, "captions.jsonl"), lines.join(""));
  }
}

/**
 * Draws a scene into a video file, which appears when it is whole.
 *
 * @param path The file's, in a folder that exists.
 */
export async function writeVideo(path: string, scene: Scene): Promise<void> {
  const partial = `${path}.part`;
  writeMp4(partial, framesOf(scene), SIDE, RATE);
  await Deno.rename(partial, path);
}

function* framesOf(scene: Scene): Generator<Uint8Array> {
  const count = frameCount(scene.seconds, RATE);
  for (let frame = 0; frame < count; frame++) yield drawFrame(scene, frame / RATE, SIDE);
}

/** How many videos of a collection are for validation and test, where nothing else is asked for. */
export function standardSplit(videos: number): Record<Split, number> {
  const validation = Math.floor(videos / 10), test = Math.floor(videos / 5);
  return { train: videos - validation - test, validation, test };
}

async function claim(out: string, recipe: Recipe): Promise<void> {
  const path = join(out, RECIPE);
  const text = await Deno.readTextFile(path).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  });
  if (text === undefined) {
    return await writeWhole(path, `${JSON.stringify({ version: VERSION, ...recipe })}\n`);
  }
  let held: z.infer<typeof Recipe>;
  try {
    held = Recipe.parse(JSON.parse(text));
  } catch (error) {
    throw new Error(`Cannot go on in ${out}: its ${RECIPE} is damaged; choose another folder`, {
      cause: error,
    });
  }
  const keys = ["seed", "train", "validation", "test"] as const;
  const other = held.version !== VERSION
    ? "version"
    : keys.find((key) => held[key] !== recipe[key]);
  if (other) {
    const [had, asked] = other === "version"
      ? [held.version, VERSION]
      : [held[other], recipe[other]];
    throw new Error(
      `Cannot go on in ${out}: it holds videos of ${other} ${had}, not ${asked}; ` +
        "choose another folder",
    );
  }
}

async function writeWhole(path: string, text: string): Promise<void> {
  await Deno.writeTextFile(`${path}.part`, text);
  await Deno.rename(`${path}.part`, path);
}

async function isThere(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
