/**
 * Batches of cached features.
 *
 * @module
 */
import type { Features } from "../features/features.ts";
import { Random } from "../world/random.ts";
import { PairOrder } from "./pair_order.ts";
import type { Batch } from "./trainer.ts";

/** Texts of a batch. */
export interface TextArrays {
  /** [A, D] */
  readonly sentences: Float32Array;
  /** [A, W, D] */
  readonly words: Float32Array;
  /** [A, W] */
  readonly wordMask: Float32Array;
}

/** Videos of a batch. */
export interface VideoArrays {
  /** [B, F, D] */
  readonly frames: Float32Array;
  /** [B, F] */
  readonly frameMask: Float32Array;
  /** [B, F·P, D] */
  readonly patches: Float32Array;
}

/** The tokens of some captions. */
export function textArrays(features: Features, captions: readonly number[]): TextArrays {
  const { dim, words } = features;
  const arrays = {
    sentences: new Float32Array(captions.length * dim),
    words: new Float32Array(captions.length * words * dim),
    wordMask: new Float32Array(captions.length * words),
  };
  captions.forEach((caption, i) => {
    const tokens = features.caption(caption);
    arrays.sentences.set(tokens.sentence, i * dim);
    arrays.words.set(tokens.words, i * words * dim);
    arrays.wordMask.fill(1, i * words, i * words + tokens.wordCount);
  });
  return arrays;
}

/** The tokens of some videos. */
export function videoArrays(features: Features, videos: readonly number[]): VideoArrays {
  const { dim, frames, patches } = features;
  const arrays = {
    frames: new Float32Array(videos.length * frames * dim),
    frameMask: new Float32Array(videos.length * frames),
    patches: new Float32Array(videos.length * frames * patches * dim),
  };
  videos.forEach((video, i) => {
    const tokens = features.video(video);
    arrays.frames.set(tokens.frames, i * frames * dim);
    arrays.frameMask.fill(1, i * frames, i * frames + tokens.frameCount);
    arrays.patches.set(tokens.patches, i * frames * patches * dim);
  });
  return arrays;
}

/** The tokens of some videos' recovered captions. */
function recoveredArrays(features: Features, videos: readonly number[]) {
  const { dim, words, recoveredPerVideo: S } = features;
  const arrays = {
    recoveredSentences: new Float32Array(videos.length * S * dim),
    recoveredWords: new Float32Array(videos.length * S * words * dim),
    recoveredMask: new Float32Array(videos.length * S * words),
  };
  videos.forEach((video, i) => {
    const tokens = features.recovered(video);
    arrays.recoveredSentences.set(tokens.sentences, i * S * dim);
    arrays.recoveredWords.set(tokens.words, i * S * words * dim);
    tokens.wordCounts.forEach((count, s) => {
      const at = (i * S + s) * words;
      arrays.recoveredMask.fill(1, at, at + count);
    });
  });
  return arrays;
}

/**
 * Hands out batches of pairs: every pass each video once in a new order, with one of its captions.
 * A batch depends on its number alone.
 */
export class FeatureBatches {
  readonly #features: Features;
  readonly #seed: string;
  readonly #withRecovered: boolean;
  readonly #order: PairOrder;
  readonly #captionsOf: readonly (readonly number[])[];

  /**
   * @param size B, at most the videos there are.
   * @throws {RangeError} If there are fewer.
   */
  constructor(features: Features, size: number, seed: string, withRecovered: boolean) {
    this.#features = features;
    this.#seed = seed;
    this.#withRecovered = withRecovered;
    this.#order = new PairOrder(features.videos.length, size, seed);
    const captionsOf: number[][] = features.videos.map(() => []);
    features.captions.forEach(({ video }, caption) => captionsOf[video].push(caption));
    this.#captionsOf = captionsOf;
  }

  /** Whole batches in a pass over the videos. */
  get perPass(): number {
    return this.#order.perPass;
  }

  /** The batch of a number. */
  batch(number: number): Batch {
    const videos = this.#order.batch(number);
    const random = new Random(`${this.#seed}/captions ${number}`);
    const captions = videos.map((video) => random.pick(this.#captionsOf[video]));
    return {
      ...textArrays(this.#features, captions),
      ...videoArrays(this.#features, videos),
      ...(this.#withRecovered ? recoveredArrays(this.#features, videos) : {}),
    };
  }
}
