import { openTextTower, type TextTower } from "../../models/clip/text.ts";
import type { TextTokens } from "../../models/clip/tokens.ts";
import type { Precision } from "../../models/clip/tower.ts";
import type { Query as PreparedText, Scorer } from "../../models/hvd/scorer.ts";
import type { ModelFiles } from "../../models/registry.ts";
import type { ClipStore } from "../../store/clip_store.ts";
import { DecodePool } from "../decode/pool.ts";
import { Encoder } from "../encode/encoder.ts";
import {
  type EncodedQuery,
  type ImagePart,
  normalised,
  type TextPart,
  weightedSum,
} from "./encoded_query.ts";
import { indexedFrames } from "./indexed_clip.ts";
import type { Query } from "./query.ts";

/** α: how much of the score of a text that should not match is taken off. */
const NOT_WEIGHT = 0.5;

/** Seconds that decoding an image may take. */
const IMAGE_TIME_LIMIT = 30;

/** What a {@linkcode QueryEncoder} encodes with. */
export interface QueryEncoderOptions {
  readonly model: ModelFiles;
  readonly precision: Precision;
  /** Opens the text tower for a single query. */
  readonly oneShot: boolean;
  /** What decodes images. Defaults to `auto`: native where it loads. */
  readonly imageDecoder?: "auto" | "native" | "wasm";
}

/** What opens images. */
interface ImageStages {
  readonly decode: DecodePool;
  readonly encode: Encoder;
}

/** Encodes queries. Towers open when the first text or image needs them. */
export class QueryEncoder implements AsyncDisposable {
  readonly #options: QueryEncoderOptions;
  readonly #store: ClipStore;
  readonly #scorer: Scorer;
  #textTower?: Promise<TextTower>;
  #imageStages?: Promise<ImageStages>;

  /** @param store Holds the clips that a query may be like. */
  constructor(options: QueryEncoderOptions, store: ClipStore, scorer: Scorer) {
    this.#options = options;
    this.#store = store;
    this.#scorer = scorer;
  }

  /**
   * Encodes the texts and images of a query. What should match counts 1 in all.
   *
   * @param notices Told of a text that was cut.
   * @throws {RangeError} If nothing is looked for.
   */
  async encode(query: Query, notices: string[]): Promise<EncodedQuery> {
    const { texts = [], images = [], like = [], not = [] } = query;
    const positive = texts.length + images.length + like.length;
    if (positive === 0) throw new RangeError("Cannot search: expected a text, an image or a clip");
    const parts = { texts: [] as TextPart[], images: [] as ImagePart[] };
    for (const text of texts) {
      parts.texts.push({ weight: 1 / positive, text: await this.text(text, notices) });
    }
    for (const text of not) {
      const weight = -NOT_WEIGHT / not.length;
      parts.texts.push({ weight, text: await this.text(text, notices) });
    }
    for (const image of images) {
      const vector = typeof image === "string" ? await this.image(image) : image;
      parts.images.push({ weight: 1 / positive, image: vector });
    }
    for (const clip of like) {
      parts.images.push({ weight: 1 / positive, image: await this.#looks(clip) });
    }
    return parts;
  }

  /**
   * A text, ready to be compared.
   *
   * @param notices Told if the text was cut.
   */
  async text(text: string, notices: string[]): Promise<PreparedText> {
    const tokens = await this.tokens(text);
    if (tokens.truncated) {
      notices.push(
        `The text is longer than the ${tokens.wordCount} tokens that the model reads; ` +
          `its end was cut: "${text.slice(0, 40)}…"`,
      );
    }
    return await this.#scorer.prepare(tokens);
  }

  /** The tokens of a text. */
  async tokens(text: string): Promise<TextTokens> {
    if (text.trim() === "") throw new RangeError("Cannot search for an empty text");
    const { model, precision, oneShot } = this.#options;
    this.#textTower ??= openTextTower(model, { precision, oneShot });
    try {
      return await (await this.#textTower).encode(text);
    } catch (error) {
      // The next text tries again.
      this.#textTower = undefined;
      throw error;
    }
  }

  /** The normalised frame vector of an image: [D]. */
  async image(path: string): Promise<Float32Array> {
    this.#imageStages ??= this.#openImageStages();
    const { decode, encode } = await this.#imageStages.catch((error) => {
      // The next image tries again.
      this.#imageStages = undefined;
      throw error;
    });
    const signal = AbortSignal.timeout(1000 * IMAGE_TIME_LIMIT);
    const pixels = await decode.image(path, signal).catch((error) => {
      if (!signal.aborted) throw error;
      throw new Error(
        `Cannot decode ${path}: it takes more than ${IMAGE_TIME_LIMIT} s; make it smaller`,
        { cause: error },
      );
    });
    try {
      return normalised((await encode.encode(pixels)).frames);
    } catch (error) {
      this.#imageStages = undefined;
      decode[Symbol.dispose]();
      encode[Symbol.dispose]();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // What failed to open has told the search that asked for it, and left nothing to close.
    await this.#textTower?.then((tower) => tower.close(), () => {});
    await this.#imageStages?.then(({ decode, encode }) => {
      decode[Symbol.dispose]();
      encode[Symbol.dispose]();
    }, () => {});
  }

  /** What a clip looks like: the mean direction of its frames [D]. */
  async #looks(clip: string): Promise<Float32Array> {
    const { dim } = this.#options.model.config;
    const { times, frames } = await indexedFrames(this.#store, clip);
    const directions = Array.from(times, (_, f) => ({
      vector: normalised(Float32Array.from(frames.subarray(f * dim, (f + 1) * dim))),
      weight: 1,
    }));
    return normalised(weightedSum(directions, dim));
  }

  async #openImageStages(): Promise<ImageStages> {
    const { model, precision, imageDecoder = "auto" } = this.#options;
    const { imageSize } = model.config.vision;
    const threads = navigator.hardwareConcurrency;
    using opened = new DisposableStack();
    const decode = opened.use(
      await DecodePool.open({ decoder: imageDecoder, workers: 1, imageSize }),
    );
    const encode = await Encoder.open(model, {
      providers: ["cpu"],
      sessions: 1,
      threads,
      precision,
    });
    opened.move();
    return { decode, encode };
  }
}
