/**
 * What the embedded model's towers learn from: stills of the world, first with what is where in
 * them and then with captions too. A lesson depends on its seed alone.
 *
 * @module
 */
import type { ClipConfig, VisionConfig } from "../models/clip/config.ts";
import { cutPatches } from "../models/clip/cut_patches.ts";
import type { ClipTokenizer } from "../models/clip/tokenizer.ts";
import type { SightBatch } from "../train/sight_objective.ts";
import type { TowerBatch, TowerShape } from "../train/tower_objective.ts";
import type { Facts } from "../world/facts.ts";
import { ATTRIBUTES, PHRASE_COUNT, phrases, phrasesOf } from "../world/phrases.ts";
import { lookAlikes, MOST_THINGS, type Picture, samplePicture } from "../world/picture.ts";
import { Random } from "../world/random.ts";
import type { Split } from "../world/scene.ts";
import { BATCH, CAPTION_TOKENS } from "./configuration.ts";

/** Pictures that stand side by side in a batch, look-alikes or any. */
const GROUP = 8;

/** R: the things of a picture and what is around them. */
const REGIONS = MOST_THINGS + 1;

/** L: what phrases are padded to. */
const PHRASE_TOKENS = 8;

/** What the loss of an attribute counts beside that of the thing: all are learned much sooner. */
const OTHER_WEIGHT = 0.3;

/** The sizes of the batches. */
export const LESSON_SHAPE: TowerShape = {
  batch: BATCH,
  words: CAPTION_TOKENS,
  regions: REGIONS,
  attributes: ATTRIBUTES.map(({ name, values }) => ({
    values,
    weight: name === "thing" ? 1 : OTHER_WEIGHT,
  })),
  phraseWords: PHRASE_TOKENS,
};

/** The share of groups that are look-alikes. */
const LOOK_ALIKE = 0.5;

/** What a lesson is made from. */
export interface LessonRequest {
  readonly seed: string;
  readonly split: Split;
  /** Pictures. */
  readonly count: number;
}

/** From easy pictures to those like a video's frames, of which there are more. */
const difficultyOf = (random: Random): number => Math.sqrt(random.next());

/**
 * Pictures of any kind, from easy ones to those like a video's frames.
 *
 * @param size Side of a picture in pixels.
 */
export function pictures({ seed, split, count }: LessonRequest, size: number): Picture[] {
  const random = new Random(seed);
  return Array.from(
    { length: count },
    () => samplePicture(random, split, difficultyOf(random), size),
  );
}

/**
 * Pictures, about half of them look-alikes.
 *
 * @param size Side of a picture in pixels.
 * @throws {RangeError} If their number is no multiple of eight.
 */
export function lesson({ seed, split, count }: LessonRequest, size: number): Picture[] {
  if (count % GROUP !== 0) {
    throw new RangeError(`Expected count to be a multiple of ${GROUP} but found ${count}`);
  }
  const random = new Random(seed);
  return Array.from({ length: count / GROUP }, () => group(random, split, size)).flat();
}

function group(random: Random, split: Split, size: number): Picture[] {
  if (random.chance(LOOK_ALIKE)) {
    return lookAlikes(random, split, difficultyOf(random), size, GROUP);
  }
  return Array.from(
    { length: GROUP },
    () => samplePicture(random, split, difficultyOf(random), size),
  );
}

/** Pictures as a step of seeing takes them. */
export function sightBatch(pictures: readonly Picture[], config: ClipConfig): SightBatch {
  const { patches } = config.vision;
  const regions = new Float32Array(pictures.length * REGIONS * patches);
  const labels = new Float32Array(pictures.length * REGIONS * PHRASE_COUNT);
  pictures.forEach((picture, i) => {
    regionsOf(picture, Math.sqrt(patches)).forEach(({ facts, shares }, r) => {
      const row = i * REGIONS + r;
      regions.set(shares, row * patches);
      for (const phrase of phrasesOf(facts)) labels[row * PHRASE_COUNT + phrase] = 1;
    });
  });
  return { cut: cutOf(pictures, config.vision), regions, labels };
}

/**
 * Pictures, captions and phrases as a training step takes them.
 *
 * @param random Chooses the wording of the phrases.
 */
export function towerBatch(
  pictures: readonly Picture[],
  config: ClipConfig,
  tokenizer: ClipTokenizer,
  random: Random,
): TowerBatch {
  const captions = tokensOf(pictures.map(({ caption }) => caption), tokenizer, CAPTION_TOKENS);
  const named = tokensOf(phrases(random), tokenizer, PHRASE_TOKENS);
  return {
    ...sightBatch(pictures, config),
    ids: captions.ids,
    wordMask: captions.mask,
    sentenceAt: captions.lastAt,
    phraseIds: named.ids,
    phraseWords: named.inner,
    phraseAt: named.lastAt,
  };
}

/** Pictures as normalised patches, [B·P, 3·patchSize²]. */
export function cutOf(pictures: readonly Picture[], vision: VisionConfig): Float32Array {
  const size = vision.patches * 3 * vision.patchSize ** 2;
  const cut = new Float32Array(pictures.length * size);
  pictures.forEach(({ pixels }, i) => cutPatches(pixels, vision, cut.subarray(i * size)));
  return cut;
}

/** Texts as token ids padded to and cut at a length, and where what is in them, a row a text. */
function tokensOf(texts: readonly string[], tokenizer: ClipTokenizer, length: number) {
  const size = texts.length * length;
  const ids = new Int32Array(size), mask = new Float32Array(size);
  const lastAt = new Float32Array(size), inner = new Float32Array(size);
  texts.forEach((text, i) => {
    const own = [...tokenizer.encode(text).ids];
    if (own.length > length) own.splice(length - 1, own.length - length); // keeps the end
    const start = i * length, last = start + own.length - 1;
    ids.set(own, start);
    mask.fill(1, start, last + 1);
    lastAt[last] = 1;
    inner.fill(1 / (own.length - 2), start + 1, last);
  });
  return { ids, mask, lastAt, inner };
}

/** Each thing of a picture and, last, what is around them, with the shares of it in each patch. */
function regionsOf(
  { regions, attributes: { place, night } }: Picture,
  side: number,
): { facts: Partial<Facts>; shares: Float32Array }[] {
  const ground = new Float32Array(side * side).fill(1);
  const found = regions.map(({ facts, boxes }) => {
    const shares = new Float32Array(side * side);
    for (const [left, top, right, bottom] of boxes) {
      for (let patch = 0; patch < side * side; patch++) {
        const [x, y] = [patch % side / side, Math.floor(patch / side) / side];
        const width = Math.min(right, x + 1 / side) - Math.max(left, x);
        const height = Math.min(bottom, y + 1 / side) - Math.max(top, y);
        if (width > 0 && height > 0) shares[patch] += width * height * side * side;
      }
    }
    shares.forEach((share, patch) => ground[patch] = Math.max(0, ground[patch] - share));
    const { thing, action, colour, count } = facts;
    return { facts: { thing, action, colour, count }, shares: normalised(shares) };
  });
  return [...found, { facts: { place, night }, shares: normalised(ground) }];
}

function normalised(shares: Float32Array): Float32Array {
  const sum = shares.reduce((a, b) => a + b, 0);
  return sum > 0 ? shares.map((share) => share / sum) : shares;
}
