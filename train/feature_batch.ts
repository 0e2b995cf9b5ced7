/**
 * Batches of cached features.
 *
 * @module
 */
import type { Features } from "../features/features.ts";
import { Random } from "../world/random.ts";
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
 * Hands out batches of pairs: every epoch each video once in a new order, with one of its captions.
 * A batch depends on its step alone.
 */
export class FeatureBatches {
  readonly #features: Features;
  readonly #seed: string;
  readonly #size: number;
  readonly #withRecovered: boolean;
  readonly #captionsOf: readonly (readonly number[])[];
  #epoch = -1;
  #order: number[] = [];

  /**
   * @param size B, at most the videos there are.
   * @throws {RangeError} If there are fewer.
   */
  constructor(features: Features, size: number, seed: string, withRecovered: boolean) {
    if (size > features.videos.length) {
      throw new RangeError(
        `Cannot make batches of ${size}: the training split has ${features.videos.length} videos`,
      );
    }
    this.#features = features;
    this.#seed = seed;
    this.#size = size;
    this.#withRecovered = withRecovered;
    const captionsOf: number[][] = features.videos.map(() => []);
    features.captions.forEach(({ video }, caption) => captionsOf[video].push(caption));
    this.#captionsOf = captionsOf;
  }

  /** Whole batches in an epoch. */
  get perEpoch(): number {
    return Math.floor(this.#features.videos.length / this.#size);
  }

  /** The batches of a step, one after the other in every array. */
  accumulated(step: number, count: number): Batch {
    const batches = Array.from({ length: count }, (_, i) => this.batch(step * count + i));
    if (count === 1) return batches[0];
    return Object.fromEntries(
      Object.keys(batches[0]).map((name) => {
        const parts = batches.map((batch) => batch[name] as Float32Array);
        const joined = new Float32Array(count * parts[0].length);
        parts.forEach((part, i) => joined.set(part, i * part.length));
        return [name, joined];
      }),
    );
  }

  /** The batch of a number. */
  batch(step: number): Batch {
    const epoch = Math.floor(step / this.perEpoch);
    if (epoch !== this.#epoch) {
      const videos = [...this.#features.videos.keys()];
      this.#order = new Random(`${this.#seed}/epoch ${epoch}`).shuffle(videos);
      this.#epoch = epoch;
    }
    const first = (step % this.perEpoch) * this.#size;
    const videos = this.#order.slice(first, first + this.#size);
    const random = new Random(`${this.#seed}/captions ${step}`);
    const captions = videos.map((video) => random.pick(this.#captionsOf[video]));
    return {
      ...textArrays(this.#features, captions),
      ...videoArrays(this.#features, videos),
      ...(this.#withRecovered ? recoveredArrays(this.#features, videos) : {}),
    };
  }
}
