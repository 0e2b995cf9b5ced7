/**
 * What runs in a decoder's worker: one video at a time, a clip whenever one is asked for.
 *
 * @module
 */
import * as Comlink from "comlink";
import { openPreprocessor, type Preprocessor } from "../../models/clip/preprocess.ts";
import type { SubtitleLine } from "../subtitles/line.ts";
import { decodeVideo } from "./decode_video.ts";
import { failingFor } from "./failure.ts";
import type { VideoSource } from "./source.ts";
import type { DecodedClip, DecodeEvent, DecodeRequest, OpenedVideo } from "./video.ts";

/** One of the decoders. Paths are taken as they are: no URL, no pattern. */
export interface Decoder {
  /**
   * Opens a video.
   *
   * @param alive To be called while work goes on.
   * @throws {Error} If it cannot be opened or holds no pictures; in one line.
   */
  openVideo(path: string, alive: () => void): Promise<VideoSource>;
  /**
   * Reads the lines of all text subtitles inside a video.
   *
   * @param alive To be called while work goes on.
   * @throws {Error} If it cannot be opened; in one line.
   */
  readSubtitles(path: string, alive: () => void): Promise<SubtitleLine[]>;
}

/** Milliseconds that at least lie between two signs of life. */
const SIGN_OF_LIFE_EVERY = 500;

/** A decoder, as the pool sees it through Comlink. */
export class DecodeServer {
  readonly #decoder: () => Promise<Decoder>;
  #preprocessor?: Preprocessor;
  #path = "";
  #source?: VideoSource;
  #events?: AsyncGenerator<DecodeEvent>;

  /** @param decoder Loads the decoder: the same at every call. */
  constructor(decoder: () => Promise<Decoder>) {
    this.#decoder = decoder;
  }

  /**
   * Loads the decoder.
   *
   * @throws {Error} If it does not load.
   */
  async load(): Promise<void> {
    await this.#decoder();
  }

  /** Opens a video; the one before it must have been closed. */
  async open(
    path: string,
    request: DecodeRequest,
    imageSize: number,
    alive: () => void,
  ): Promise<OpenedVideo> {
    if (this.#preprocessor?.imageSize !== imageSize) {
      this.#preprocessor = openPreprocessor(imageSize);
    }
    const preprocessor = this.#preprocessor;
    this.#path = path;
    return await failingFor(path, async () => {
      const decoder = await this.#decoder();
      this.#source = await decoder.openVideo(path, seldom(alive));
      this.#events = decodeVideo(this.#source, path, request, preprocessor);
      const { value } = await this.#events.next();
      return value as OpenedVideo;
    });
  }

  /** Decodes the next clip; null after the last. */
  async next(): Promise<DecodedClip | null> {
    const { value } = await failingFor(this.#path, () => this.#events!.next());
    if (!value) return null;
    const clip = value as DecodedClip;
    return Comlink.transfer(clip, [
      clip.times.buffer,
      clip.pixels.buffer,
      ...clip.thumbnails.map(({ buffer }) => buffer),
    ]);
  }

  /** Reads the lines of all text subtitles inside a video, which need not be open. */
  async subtitles(path: string, alive: () => void): Promise<SubtitleLine[]> {
    return await failingFor(path, async () => {
      const decoder = await this.#decoder();
      return await decoder.readSubtitles(path, seldom(alive));
    });
  }

  /** Closes the video, if one is open. */
  async close(): Promise<void> {
    const source = this.#source;
    this.#source = undefined;
    this.#events = undefined;
    await source?.[Symbol.asyncDispose]();
  }
}

/** Lets a call through once in a while. */
function seldom(call: () => void): () => void {
  let last = performance.now();
  return () => {
    const now = performance.now();
    if (now - last < SIGN_OF_LIFE_EVERY) return;
    last = now;
    call();
  };
}
