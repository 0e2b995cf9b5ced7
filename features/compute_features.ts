import { createHash } from "node:crypto";
import { join } from "node:path";
import type { CaptionedVideo, CaptionedVideos } from "../data/captioned_videos.ts";
import { fingerprintFile } from "../files/fingerprint.ts";
import { oneLine } from "../files/one_line.ts";
import { openTextTower, type TextTower } from "../models/clip/text.ts";
import type { Precision } from "../models/clip/tower.ts";
import type { ModelFiles } from "../models/model_files.ts";
import { readSafetensors } from "../models/safetensors.ts";
import type { DecodedClip, DecodeEvent } from "../pipeline/decode/pool.ts";
import { type Device, openTokenStages, type TokenStages } from "../pipeline/stages.ts";
import {
  FEATURE_FORMAT,
  type FeatureManifest,
  MANIFEST_FILE,
  TENSORS_FILE,
  type TokenType,
} from "./layout.ts";
import { openPartialFile, type PartialFile } from "./partial_file.ts";
import { openFeatures, type StoredFeatures } from "./stored_features.ts";
import type { TensorRows } from "./tensor_rows.ts";

/** How far {@linkcode computeFeatures} is. */
export interface FeatureProgress {
  /** Texts that are encoded, recovered captions included. */
  readonly texts: number;
  readonly totalTexts: number;
  readonly videos: number;
  readonly totalVideos: number;
}

/** How to compute features. */
export interface FeatureOptions {
  /** N_f, frames a video; 12 in the papers, 64 for long videos. Defaults to 12. */
  readonly frames?: number;
  /** Takes the frames from candidates at this rate, in frames a second. */
  readonly fps?: number;
  /**
   * N_w, words a text, begin and end included; 32 in the papers, 64 for long videos. Defaults to
   * 32; never more than the model reads.
   */
  readonly words?: number;
  /** The number format of the towers' matrix products. Defaults to `f32`. */
  readonly precision?: Precision;
  /** How tokens are stored. Defaults to F16: half the disk, and 11 bits of each number. */
  readonly dtype?: TokenType;
  /** Where the towers run. Defaults to `auto`. */
  readonly device?: Device;
  /** What decodes. Defaults to `auto`. */
  readonly decoder?: "auto" | "native" | "wasm";
  /** Ends the run, which keeps what is encoded for the next. */
  readonly signal?: AbortSignal;
  /** Told how far it is, after every video and every few texts. */
  readonly onProgress?: (progress: FeatureProgress) => void;
  /** Told what the user should know: a lesser way of computing, a video that is cut short. */
  readonly onNotice?: (message: string) => void;
}

/**
 * Encodes a data set with a model's frozen towers, once: features in the folder that were made of
 * the same weights, videos, captions and settings are opened as they are, others are replaced, but
 * for the videos that they share. A run that is killed goes on where it ended; the files appear
 * under their names when all is in.
 *
 * @param dir The folder of the features; made if it is not there.
 * @param data What to encode.
 * @param model The model, as `resolveModel` finds it.
 * @returns The features, open.
 * @throws {RangeError} If there are no videos or a setting is out of its range.
 * @throws {Error} If videos cannot be decoded, naming them; the others are kept for the next run.
 * The signal's reason, where that ended the run.
 */
export async function computeFeatures(
  dir: string,
  data: CaptionedVideos,
  model: ModelFiles,
  options: FeatureOptions = {},
): Promise<StoredFeatures> {
  const fingerprints = await fingerprintsOf(data);
  const manifest = describe(data, fingerprints, model, options);
  await Deno.mkdir(dir, { recursive: true });
  if (!await isComplete(dir, manifest)) {
    using lock = await Deno.open(join(dir, "features.lock"), { write: true, create: true });
    // Another process may be at it: it is waited for, and may then have done all of it.
    await lock.lock(true);
    if (!await isComplete(dir, manifest)) {
      await compute(dir, data, fingerprints, model, manifest, options);
    }
  }
  await writeManifest(dir, manifest);
  return await openFeatures(dir);
}

/**
 * The key of the features that {@linkcode computeFeatures} would make: a name for their folder.
 *
 * @throws {Error} If a video cannot be read.
 */
export async function featureKey(
  data: CaptionedVideos,
  model: ModelFiles,
  options: FeatureOptions = {},
): Promise<string> {
  return describe(data, await fingerprintsOf(data), model, options).key;
}

async function fingerprintsOf({ videos }: CaptionedVideos): Promise<string[]> {
  const fingerprints: string[] = [];
  for (const { path } of videos) fingerprints.push(await fingerprintFile(path));
  return fingerprints;
}

function describe(
  { name, split, videos }: CaptionedVideos,
  fingerprints: readonly string[],
  model: ModelFiles,
  { frames = 12, fps, words = 32, dtype = "F16", precision = "f32" }: FeatureOptions,
): FeatureManifest {
  if (videos.length === 0) {
    throw new RangeError(`Cannot compute features of ${name}: it has no videos`);
  }
  for (const [setting, value, least] of [["frames", frames, 1], ["words", words, 2]] as const) {
    if (!Number.isInteger(value) || value < least) {
      throw new RangeError(
        `Expected ${setting} to be an integer of at least ${least} but found ${value}`,
      );
    }
  }
  const facts = {
    format: FEATURE_FORMAT,
    dataset: name,
    split,
    model: {
      name: model.name,
      revision: model.revision,
      fingerprint: model.fingerprint,
      precision,
    },
    dtype,
    dim: model.config.dim,
    frames,
    fps: fps ?? null,
    patches: model.config.vision.patches,
    words: Math.min(words, model.config.text.contextLength),
    recoveredPerVideo: videos.reduce((most, video) => Math.max(most, video.recovered.length), 0),
    videos: videos.map((video) => video.name),
    captions: videos.flatMap(({ captions }, video) => captions.map((text) => ({ text, video }))),
    recovered: videos.map((video) => video.recovered),
  };
  // What a model is called does not change its tokens.
  const weights = [model.fingerprint, precision];
  const all = JSON.stringify({ ...facts, model: weights, fingerprints });
  return { key: createHash("sha256").update(all).digest("hex"), ...facts };
}

/** Makes the tensors' file, which appears under its name when all is in. */
async function compute(
  dir: string,
  data: CaptionedVideos,
  fingerprints: readonly string[],
  model: ModelFiles,
  manifest: FeatureManifest,
  options: FeatureOptions,
): Promise<void> {
  using partial = await openPartialFile(dir, manifest, fingerprints);
  await new Computation(partial, data, model, manifest, options).run();
  await partial.finish();
}

/** Whether the tensors of these features are there, whole. */
async function isComplete(dir: string, { key }: FeatureManifest): Promise<boolean> {
  try {
    return (await readSafetensors(join(dir, TENSORS_FILE))).metadata.key === key;
  } catch {
    return false;
  }
}

async function writeManifest(dir: string, manifest: FeatureManifest): Promise<void> {
  const path = join(dir, MANIFEST_FILE);
  const text = JSON.stringify(manifest);
  if (await Deno.readTextFile(path).catch(() => null) === text) return;
  const temporary = `${path}.${crypto.randomUUID()}.part`;
  await Deno.writeTextFile(temporary, text);
  await Deno.rename(temporary, path);
}

/** Texts that are on the disk before any of them counts as encoded. */
const TEXTS_AT_ONCE = 64;

/** Failures that are named before the rest is only counted. */
const NAMED_FAILURES = 3;

/** One run over a data set: fills the file with what it does not hold yet. */
class Computation {
  readonly #file: Deno.FsFile;
  readonly #rows: TensorRows;
  readonly #data: CaptionedVideos;
  readonly #model: ModelFiles;
  readonly #manifest: FeatureManifest;
  readonly #options: FeatureOptions;
  readonly #progress: { -readonly [K in keyof FeatureProgress]: FeatureProgress[K] };

  constructor(
    { file, rows }: PartialFile,
    data: CaptionedVideos,
    model: ModelFiles,
    manifest: FeatureManifest,
    options: FeatureOptions,
  ) {
    this.#file = file;
    this.#rows = rows;
    this.#data = data;
    this.#model = model;
    this.#manifest = manifest;
    this.#options = options;
    const recovered = data.videos.reduce((sum, video) => sum + video.recovered.length, 0);
    this.#progress = {
      texts: 0,
      totalTexts: manifest.captions.length + recovered,
      videos: 0,
      totalVideos: data.videos.length,
    };
  }

  async run(): Promise<void> {
    await this.#encodeTexts();
    await this.#encodeVideos();
  }

  async #encodeTexts(): Promise<void> {
    const { captions, words, model: { precision } } = this.#manifest;
    const tower = await openTextTower(this.#model, { words, precision });
    try {
      await this.#inGroups(captions, async ({ text }, i) => {
        if (this.#rows.read("word_mask", i)[0] > 0) return () => {};
        const tokens = await tower.encode(text);
        this.#rows.write32("sentences", i, tokens.sentence);
        this.#rows.write32("words", i, tokens.words);
        return () => this.#rows.write("word_mask", i, maskOf(tokens.wordCount, words));
      }, () => 1);
      await this.#inGroups(
        this.#data.videos,
        (video, i) => this.#encodeRecovered(tower, video, i),
        (video) => video.recovered.length,
      );
    } finally {
      await tower.close();
    }
  }

  /**
   * Writes tokens, and marks them as there once they are on the disk.
   *
   * @param write Writes the tokens of one item and returns what marks it.
   * @param texts How many texts an item counts for.
   */
  async #inGroups<T>(
    items: readonly T[],
    write: (item: T, i: number) => Promise<() => void>,
    texts: (item: T) => number,
  ): Promise<void> {
    for (let start = 0; start < items.length; start += TEXTS_AT_ONCE) {
      this.#options.signal?.throwIfAborted();
      const group = items.slice(start, start + TEXTS_AT_ONCE);
      const marks: (() => void)[] = [];
      for (const [i, item] of group.entries()) marks.push(await write(item, start + i));
      await this.#file.syncData();
      for (const mark of marks) mark();
      this.#advance({ texts: group.reduce((sum, item) => sum + texts(item), 0) });
    }
  }

  async #encodeRecovered(
    tower: TextTower,
    { recovered }: CaptionedVideo,
    i: number,
  ): Promise<() => void> {
    const { dim, words, recoveredPerVideo } = this.#manifest;
    if (recovered.length === 0 || this.#rows.read("recovered_mask", i)[0] > 0) return () => {};
    const sentences = new Float32Array(recoveredPerVideo * dim);
    const tokens = new Float32Array(recoveredPerVideo * words * dim);
    const mask = new Uint8Array(recoveredPerVideo * words);
    for (const [s, text] of recovered.entries()) {
      const encoded = await tower.encode(text);
      sentences.set(encoded.sentence, s * dim);
      tokens.set(encoded.words, s * words * dim);
      mask.set(maskOf(encoded.wordCount, words), s * words);
    }
    this.#rows.write32("recovered_sentences", i, sentences);
    this.#rows.write32("recovered_words", i, tokens);
    return () => this.#rows.write("recovered_mask", i, mask);
  }

  async #encodeVideos(): Promise<void> {
    const missing = this.#data.videos.map((video, i) => ({ video, i }))
      .filter(({ i }) => this.#rows.readCount("frame_counts", i) === 0);
    this.#advance({ videos: this.#data.videos.length - missing.length });
    if (missing.length === 0) return;
    const { device = "auto", decoder = "auto", onNotice = () => {}, signal } = this.#options;
    // One more than there are cores: while one waits, all are busy.
    const concurrency = Math.min(navigator.hardwareConcurrency + 1, missing.length);
    using stages = await openTokenStages(this.#model, {
      decoder,
      device,
      precision: this.#manifest.model.precision,
      concurrency,
      onNotice,
    });
    const failures: string[] = [];
    const work = missing.values();
    await Promise.all(Array.from({ length: concurrency }, async () => {
      for (const { video, i } of work) {
        if (signal?.aborted) return;
        const failure = await this.#encodeVideo(video, i, stages);
        if (failure) failures.push(failure);
        else this.#advance({ videos: 1 });
      }
    }));
    signal?.throwIfAborted();
    if (failures.length === 0) return;
    const more = failures.length - NAMED_FAILURES;
    throw new Error(
      `Cannot compute features of ${failures.length} of ${this.#data.videos.length} videos: ` +
        failures.slice(0, NAMED_FAILURES).join("; ") + (more > 0 ? `; and ${more} more` : "") +
        "; copy them again or take them out of the data set",
    );
  }

  /** @returns Why the video cannot be decoded; nothing where it is in. */
  async #encodeVideo(
    { path }: CaptionedVideo,
    i: number,
    { decode, encode }: TokenStages,
  ): Promise<string | undefined> {
    const { frames, fps } = this.#manifest;
    let clip: DecodedClip | undefined;
    try {
      for await (const event of decode.decode(path, { frames, fps, segment: "whole" })) {
        this.#report(path, event);
        if (event.kind === "clip") clip = event;
      }
    } catch (error) {
      return oneLine((error as Error).message);
    }
    const tokens = await encode.encode(clip!.pixels);
    this.#rows.write32("frames", i, tokens.frames);
    this.#rows.write32("patches", i, tokens.patches);
    await this.#file.syncData();
    this.#rows.writeCount("frame_counts", i, tokens.frameCount);
  }

  #report(path: string, event: DecodeEvent): void {
    if (event.kind !== "video" || !event.info.problem) return;
    this.#options.onNotice?.(`${oneLine(path)}: ${event.info.problem}`);
  }

  #advance({ texts = 0, videos = 0 }: { texts?: number; videos?: number }): void {
    this.#progress.texts += texts;
    this.#progress.videos += videos;
    this.#options.onProgress?.({ ...this.#progress });
  }
}

/** 1 for each of the first `count` of `length` words. */
function maskOf(count: number, length: number): Uint8Array {
  return new Uint8Array(length).fill(1, 0, count);
}
