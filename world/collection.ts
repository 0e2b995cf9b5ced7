/**
 * The videos of a generated collection by number: each depends on the seed and its number only.
 *
 * @module
 */
import { type Captions, captionsOf } from "./captions.ts";
import { Random } from "./random.ts";
import { sampleScene, type Scene, type Split } from "./scene.ts";
import { type Difference, twinOf } from "./twin.ts";

/** Every so many videos the last is a twin of the one before. */
const TWIN_EVERY = 4;

/** A video of a collection. */
export interface WorldVideo {
  /** Its file's name, without a folder. */
  readonly name: string;
  readonly scene: Scene;
  readonly captions: Captions;
  /** The video that it differs from in one word, where it is a hard negative. */
  readonly twin?: { readonly video: string; readonly difference: Difference };
}

/**
 * A video of a collection.
 *
 * @param number From 0.
 */
export function worldVideo(seed: string, split: Split, number: number): WorldVideo {
  const random = new Random(`${seed}/${split}/${number}`);
  const isTwin = number % TWIN_EVERY === TWIN_EVERY - 1;
  const twin = isTwin ? twinOf(worldVideo(seed, split, number - 1).scene, random) : undefined;
  const scene = twin?.scene ?? sampleScene(random, split);
  return {
    name: nameOf(split, number),
    scene,
    captions: captionsOf(scene, random),
    twin: twin && { video: nameOf(split, number - 1), difference: twin.difference },
  };
}

function nameOf(split: Split, number: number): string {
  return `${split}-${String(number).padStart(5, "0")}.mp4`;
}
