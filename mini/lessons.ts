/**
 * What the embedded model's towers learn from: stills of the world with captions, harder as
 * training goes on, every other batch of look-alikes. A lesson depends on its number alone.
 *
 * @module
 */
import type { ClipConfig } from "../models/clip/config.ts";
import { cutPatches } from "../models/clip/cut_patches.ts";
import type { ClipTokenizer } from "../models/clip/tokenizer.ts";
import type { TowerBatch } from "../train/tower_objective.ts";
import { lookAlikes, type Picture, samplePicture } from "../world/picture.ts";
import { Random } from "../world/random.ts";
import type { Split } from "../world/scene.ts";

/** Look-alikes that stand in one batch side by side. */
const GROUP = 8;

/** The share of a batch that is look-alikes. */
const LOOK_ALIKE = 0.5;

/**
 * The pictures of a lesson.
 *
 * @param progress How far training is, in [0, 1]: how hard the pictures may be.
 * @param count A multiple of 16.
 * @param size Side of a picture in pixels.
 */
export function lesson(
  seed: string,
  split: Split,
  { progress, count, size }: { progress: number; count: number; size: number },
): Picture[] {
  const random = new Random(seed);
  // Easy ones stay among the hard ones, so that nothing learned early is lost.
  const hardest = Math.min(1, 0.15 + 1.5 * progress);
  const difficulty = () => random.between(0, hardest);
  const pictures: Picture[] = [];
  while (pictures.length < count * LOOK_ALIKE) {
    pictures.push(...lookAlikes(random, split, difficulty(), size, GROUP));
  }
  while (pictures.length < count) {
    pictures.push(samplePicture(random, split, difficulty(), size));
  }
  return pictures;
}

/**
 * Pictures and captions as a training step takes them.
 *
 * @param words W, what captions are padded to and cut at.
 */
export function towerBatch(
  pictures: readonly Pick<Picture, "pixels" | "caption">[],
  config: ClipConfig,
  tokenizer: ClipTokenizer,
  words: number,
): TowerBatch {
  const count = pictures.length;
  const { patches, patchSize } = config.vision;
  const rowSize = 3 * patchSize ** 2;
  const batch = {
    cut: new Float32Array(count * patches * rowSize),
    ids: new Int32Array(count * words),
    wordMask: new Float32Array(count * words),
    sentenceAt: new Float32Array(count * words),
  };
  pictures.forEach(({ pixels, caption }, i) => {
    cutPatches(pixels, config.vision, batch.cut.subarray(i * patches * rowSize));
    const ids = [...tokenizer.encode(caption).ids];
    if (ids.length > words) ids.splice(words - 1, ids.length - words); // keeps the end
    batch.ids.set(ids, i * words);
    batch.wordMask.fill(1, i * words, i * words + ids.length);
    batch.sentenceAt[i * words + ids.length - 1] = 1;
  });
  return batch;
}
