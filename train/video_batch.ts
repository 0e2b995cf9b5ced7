/**
 * Batches of videos and captions from their files, for towers that learn: decoded anew each time.
 *
 * @module
 */
import type { CaptionedVideos } from "../data/captioned_videos.ts";
import type { ClipConfig } from "../models/clip/config.ts";
import { cutPatches } from "../models/clip/cut_patches.ts";
import type { ClipTokenizer } from "../models/clip/tokenizer.ts";
import type { DecodePool } from "../pipeline/decode/pool.ts";
import { Random } from "../world/random.ts";
import type { BatchShape } from "./method_objective.ts";
import { PairOrder } from "./pair_order.ts";
import type { Batch } from "./trainer.ts";

/** What batches are made from. */
export interface VideoBatchOptions {
  readonly data: CaptionedVideos;
  readonly config: ClipConfig;
  readonly tokenizer: ClipTokenizer;
  readonly pool: DecodePool;
  readonly shape: BatchShape;
  readonly seed: string;
}

/** Hands out the arrays of an objective over pixels and token ids. */
export class VideoBatches {
  readonly #options: VideoBatchOptions;
  readonly #order: PairOrder;

  /** @throws {RangeError} If a batch is larger than the split. */
  constructor(options: VideoBatchOptions) {
    this.#options = options;
    const { data, shape, seed } = options;
    this.#order = new PairOrder(data.videos.length, shape.batch, seed);
  }

  /** Whole batches in a pass over the videos. */
  get perPass(): number {
    return this.#order.perPass;
  }

  /** The batch of a number. */
  async batch(number: number): Promise<Batch> {
    const { data, shape: { words }, seed } = this.#options;
    const random = new Random(`${seed}/captions ${number}`);
    const videos = this.#order.batch(number).map((i) => data.videos[i]);
    const recovered = videos.flatMap((video) =>
      Array.from({ length: this.#options.shape.recovered }, (_, s) => video.recovered[s] ?? null)
    );
    const captions = this.#texts(videos.map(({ captions }) => random.pick(captions)), words);
    const others = this.#texts(recovered, words);
    return {
      ...await this.#pictures(videos.map(({ path }) => path)),
      ids: captions.ids,
      sentenceAt: captions.sentenceAt,
      wordMask: captions.mask,
      ...(recovered.length > 0
        ? { recoveredIds: others.ids, recoveredAt: others.sentenceAt, recoveredMask: others.mask }
        : {}),
    };
  }

  async #pictures(paths: readonly string[]) {
    const { config: { vision }, pool, shape: { frames, patches } } = this.#options;
    const each = frames * patches * 3 * vision.patchSize ** 2;
    const cut = new Float32Array(paths.length * each);
    const frameMask = new Float32Array(paths.length * frames);
    await Promise.all(paths.map(async (path, i) => {
      for await (const event of pool.decode(path, { frames, segment: "whole" })) {
        if (event.kind !== "clip") continue;
        cutPatches(event.pixels, vision, cut.subarray(i * each, (i + 1) * each));
        frameMask.fill(1, i * frames, i * frames + event.times.length);
      }
    }));
    return { cut, frameMask };
  }

  /** Texts padded to W tokens; one that is not there is all padding. */
  #texts(texts: readonly (string | null)[], words: number) {
    const arrays = {
      ids: new Int32Array(texts.length * words),
      sentenceAt: new Float32Array(texts.length * words),
      mask: new Float32Array(texts.length * words),
    };
    texts.forEach((text, i) => {
      const ids = [...this.#options.tokenizer.encode(text ?? "").ids];
      if (ids.length > words) ids.splice(words - 1, ids.length - words); // keeps the end
      arrays.ids.set(ids, i * words);
      arrays.sentenceAt[i * words + ids.length - 1] = 1;
      if (text !== null) arrays.mask.fill(1, i * words, i * words + ids.length);
    });
    return arrays;
  }
}
