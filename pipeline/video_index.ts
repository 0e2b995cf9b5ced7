import { discover, type DiscoverOptions, type VideoFile } from "../files/discover.ts";
import { isBeneath } from "../files/is_beneath.ts";
import type { Shard } from "../files/shard.ts";
import { MAX_TOKENS } from "../kernels/backend.ts";
import { loadHeads } from "../models/hvd/heads.ts";
import type { ModelFiles } from "../models/model_files.ts";
import { EMBEDDED_MODEL, limitsOf } from "../models/embedded.ts";
import {
  DEFAULT_MODEL,
  type DownloadProgress,
  isHere,
  REGISTRY,
  repositoryOf,
  resolveDefaultModel,
  resolveModel,
  type ResolveOptions,
} from "../models/registry.ts";
import { ClipStore } from "../store/clip_store.ts";
import type { StoreInfo } from "../store/clip_store.ts";
import { idOfClip } from "../store/coarse_clips.ts";
import { difference, FORMAT, type Manifest } from "../store/manifest.ts";
import { AlertStore } from "../store/alert_store.ts";
import { SubtitleStore } from "../store/subtitle_store.ts";
import type { VideoClips } from "../store/video_clips.ts";
import { Alerts } from "./alerts/alerts.ts";
import { DecodePool } from "./decode/pool.ts";
import { type IndexEvent, indexVideos } from "./indexer.ts";
import { realPath, Root } from "./root.ts";
import { type DuplicateGroup, findDuplicates } from "./search/duplicates.ts";
import type { Explanation } from "./search/explanation.ts";
import { type ComparedClip, Searcher } from "./search/searcher.ts";
import type { Query, SearchOptions, SearchResult } from "./search/query.ts";
import { type Device, openStages, type Stages } from "./stages.ts";
import { readSubtitles } from "./subtitles/read_subtitles.ts";
import { watchVideos } from "./watch.ts";

/** How to open an index. */
export interface OpenOptions {
  /**
   * The model: a name of the registry, `mini`, `hf:OWNER/REPO`, or a folder. Defaults to the
   * index's own; for a new one to `clip-vit-b-32` where it is here or can be fetched, else to
   * `mini`.
   */
  readonly model?: string;
  /** Opens the models for a single query: at once, and 3–5 % slower from then on. */
  readonly oneShot?: boolean;
  /**
   * What decodes the images of queries. Defaults to `auto`: native where it loads. `wasm` is for
   * images one does not trust.
   */
  readonly imageDecoder?: "auto" | "native" | "wasm";
  /** Told how far the download of a model is. */
  readonly onDownload?: DownloadProgress;
  /** Told that a lesser model is used than the default, and why. */
  readonly onNotice?: (message: string) => void;
}

/** What {@linkcode VideoIndex.add} is to do. Settings that are left out are the index's own. */
export interface AddOptions {
  /** Frames of a clip, spread over it. Defaults to 12. */
  readonly frames?: number;
  /** Takes the frames from candidates at this rate, in frames a second. */
  readonly fps?: number;
  /** `auto` (whole up to 60 s, else at shot changes), `whole`, or seconds a clip. */
  readonly segment?: "auto" | "whole" | number;
  /** Globs of files to leave out. */
  readonly exclude?: readonly string[];
  /** Asked of files that are not stored as they are; those refused are left for another time. */
  readonly accept?: (file: VideoFile) => boolean;
  /** What decodes. Defaults to `auto`: native where it loads. */
  readonly decoder?: "auto" | "native" | "wasm";
  /** What computes. Defaults to `auto`: a GPU where there is a real one. */
  readonly device?: Device;
  /** The type of the model's weights. Defaults to `f32`. */
  readonly precision?: "f32" | "int8";
  /** Stores all patch tokens, which the mode `hvd` needs. */
  readonly keepPatches?: boolean;
  /** Discards what is stored and makes the index anew: what is left out here is the default. */
  readonly rebuild?: boolean;
  /** This process's share of the files, counted from 0. */
  readonly shard?: Shard;
  /**
   * Drops videos beneath the given folders whose files are gone, if this answers true. It is told
   * how many of how many.
   */
  readonly confirmPrune?: (gone: number, total: number) => boolean;
  /** Ends the run after the clips in hand. */
  readonly signal?: AbortSignal;
}

/** What {@linkcode VideoIndex.watch} is to do. */
export interface WatchOptions extends Omit<AddOptions, "accept" | "confirmPrune"> {
  /** Ends it after the clips in hand. */
  readonly signal: AbortSignal;
}

/** A video of an index. */
export interface IndexedVideo extends VideoClips {
  /** The absolute path of the file. */
  readonly file: string;
}

/** One vector a clip: what each looks like. N clips of D numbers. */
export interface ClipLooks {
  readonly clips: readonly {
    /** The id of the clip. */
    readonly clip: string;
    /** The video's path relative to the folder around the index, with `/` between its parts. */
    readonly path: string;
    /** Where the clip begins, in seconds. */
    readonly start: number;
    /** Where the clip ends, in seconds. */
    readonly end: number;
  }[];
  /** D */
  readonly dim: number;
  /** u = Σ θ_f f̂ of each clip: [N, D]. */
  readonly vectors: Float32Array;
}

/** What an index holds. */
export interface IndexInfo {
  /** Videos, those with clips missing included. */
  readonly videos: number;
  /** Clips that are stored. */
  readonly clips: number;
  /** The model's name. */
  readonly model: string;
  /** What the model cannot do; null where there is nothing to warn of. */
  readonly limits: string | null;
  /** A model on this machine that knows more; null where there is none. */
  readonly betterModel: string | null;
  /** The commit of the hub that the model is of; null for a folder. */
  readonly revision: string | null;
  /** The number format of the model's matrix products. */
  readonly precision: "f32" | "int8";
  /** The trained heads, or null: then sentence–frame similarity alone decides. */
  readonly heads: string | null;
  /** What the index takes up, in bytes. */
  readonly bytes: number;
  /** What a clip takes up, by group of columns, in bytes. */
  readonly clipBytes: StoreInfo["clipBytes"];
  /** How the clips were sampled and reduced. */
  readonly parameters: Manifest["parameters"];
  /** Grows with every commit. */
  readonly version: number;
}

/**
 * Opens an index, or prepares a new one that the first {@linkcode VideoIndex.add} makes.
 *
 * @param location A folder, or a URI on object storage (`s3://`, `gs://`, `az://`).
 * @throws {RangeError} If the location is a URI of another kind.
 */
export async function openIndex(
  location = ".fovea",
  options: OpenOptions = {},
): Promise<VideoIndex> {
  try {
    return new VideoIndex(location, options, await ClipStore.openIfAny(location));
  } catch (error) {
    if (error instanceof RangeError) throw error;
    // What is damaged can still be made anew.
    return new VideoIndex(location, options, undefined, error as Error);
  }
}

/** An index of videos. Made by {@linkcode openIndex}. */
export class VideoIndex implements AsyncDisposable {
  readonly #location: string;
  readonly #options: OpenOptions;
  readonly #root: Root;
  /** Why the index cannot be opened, if it is damaged. */
  #damage: Error | undefined;
  #store: ClipStore | undefined;
  readonly #subtitles: SubtitleStore;
  readonly #alertStore: AlertStore;
  readonly #alerts: Alerts;
  #model?: Promise<ModelFiles>;
  #searcher?: Promise<Searcher>;

  /** @ignore Use {@linkcode openIndex}. */
  constructor(
    location: string,
    options: OpenOptions,
    store: ClipStore | undefined,
    damage?: Error,
  ) {
    this.#location = location;
    this.#options = options;
    this.#root = Root.of(location);
    this.#subtitles = new SubtitleStore(location);
    this.#alertStore = new AlertStore(location);
    this.#alerts = new Alerts(this.#alertStore, {
      search: (query, options) => this.search(query, options),
      leastGoodCosine: async () => await (await this.#openedSearcher()).leastGoodCosine(),
      videos: () => this.#opened().videos(),
    });
    this.#store = store;
    this.#damage = damage;
  }

  /** Whether there is an index, damaged or not; {@linkcode VideoIndex.add} makes one. */
  get exists(): boolean {
    return this.#store !== undefined || this.#damage !== undefined;
  }

  /**
   * Brings the index up to date with files and folders. Files that are stored as they are now
   * cost a look at their size and time; a run that was interrupted goes on where it ended.
   *
   * @param paths Files and folders.
   * @returns What happens, as it happens; the summary comes last.
   * @throws {RangeError} If a clip would have more patch tokens than the kernels take.
   * @throws {Error} If the index is damaged, or was made with another model or other settings,
   * naming both.
   */
  async *add(paths: readonly string[], options: AddOptions = {}): AsyncGenerator<IndexEvent> {
    const { device = "auto", decoder = "auto", rebuild = false, shard } = options;
    if (this.#damage && !rebuild) throw this.#damage;
    if (rebuild && shard && shard.index > 0) {
      throw new RangeError(
        "Cannot rebuild from every shard: each would discard what the others stored; " +
          "give --rebuild to shard 0 alone, and start the others when it has begun",
      );
    }
    const { signal = new AbortController().signal } = options;
    if (!rebuild) await this.#refuseOtherName();
    let model: ModelFiles;
    try {
      model = await this.#openModel(signal);
    } catch (error) {
      if (signal.aborted) return;
      const own = this.#store?.manifest.model.name;
      if (rebuild || own === undefined || this.#options.model === undefined) throw error;
      const way = `the index was made with the model ${own}: leave --model out to go on with that`;
      throw new Error(`${(error as Error).message}; ${way}, --rebuild makes it anew`, {
        cause: error,
      });
    }
    const manifest = await this.#manifest(model, options);
    checkFrames(manifest);

    const notices: IndexEvent[] = [];
    let onNotice: (message: string) => void = (message) =>
      notices.push({ kind: "notice", message });
    let stages: Promise<Stages> | undefined;
    const concurrency = navigator.hardwareConcurrency + 1;
    const open = () =>
      stages ??= openStages(model, {
        decoder,
        device,
        precision: manifest.model.precision,
        // One more than there are cores: while one waits, all are busy.
        concurrency,
        onNotice: (message) => onNotice(message),
      });
    try {
      this.#store = await this.#storeFor(manifest, rebuild, paths, options, open);
      if (rebuild) {
        await this.#subtitles.dropIfDamaged();
        if (await this.#alertStore.dropIfDamaged()) {
          onNotice(
            "The saved searches cannot be read and are gone; save them again: alert add TEXT",
          );
        }
      }
      yield* notices;
      const events = indexVideos(paths, {
        ...manifest.parameters,
        store: this.#store,
        root: this.#root,
        model: manifest.model.name,
        exclude: options.exclude ?? [],
        accept: options.accept,
        shard,
        confirmPrune: options.confirmPrune,
        signal,
        concurrency,
        openStages: (notice) => {
          onNotice = notice;
          return open();
        },
      });
      let summary: IndexEvent | undefined;
      for await (const event of events) {
        if (event.kind === "summary") summary = event;
        else yield event;
      }
      try {
        yield* this.#readSubtitles(paths, { ...options, decoder, signal }, model);
      } catch (error) {
        // The videos are in, whatever is wrong with their subtitles.
        yield { kind: "notice", message: (error as Error).message };
      }
      // The last event of all.
      if (summary) yield summary;
    } finally {
      // Those that did not open have been reported.
      await stages?.then((opened) => opened[Symbol.dispose](), () => {});
    }
  }

  /**
   * Keeps the index up to date with files and folders until the signal comes: new, changed, moved
   * and deleted ones, of these at most three, or one in ten, at a time. Files that are being
   * written wait until they are whole.
   *
   * @param paths Files and folders.
   * @returns What happens, as it happens; a summary after each change.
   * @throws {Error} What {@linkcode VideoIndex.add} throws.
   */
  async *watch(
    paths: readonly string[],
    { rebuild, ...options }: WatchOptions,
  ): AsyncGenerator<IndexEvent> {
    let anew = rebuild;
    const { signal } = options;
    yield* watchVideos(paths, (run) => {
      const events = this.add(paths, { ...options, ...run, rebuild: anew });
      anew = false;
      return events;
    }, signal);
  }

  /**
   * The store to add to. One is made, and an old one discarded, only when the model has opened and,
   * to rebuild, when there is something to rebuild it from.
   */
  async #storeFor(
    manifest: Manifest,
    rebuild: boolean,
    paths: readonly string[],
    { exclude, shard }: AddOptions,
    open: () => Promise<Stages>,
  ): Promise<ClipStore> {
    const own = this.#store;
    const other = own && difference(own.manifest, manifest);
    if (own && !rebuild) {
      if (!other) return own;
      if ((await own.videos()).size > 0) {
        throw this.#refusal(other);
      }
    }
    if (rebuild && !await holdsVideos(paths, { exclude, shard })) {
      throw new Error(
        `Cannot rebuild the index ${this.#location}: there is no video in ${paths.join(", ")}`,
      );
    }
    await open();
    if (!own && !rebuild) return await ClipStore.openOrCreate(this.#location, manifest);
    this.#close();
    const store = await ClipStore.rebuild(this.#location, manifest);
    this.#damage = undefined;
    return store;
  }

  /** Says that the index was made otherwise. */
  #refusal(difference: string): RangeError {
    return new RangeError(
      `Cannot add to the index ${this.#location}: ${difference}; --rebuild makes it anew`,
    );
  }

  /**
   * Refuses a model that is surely another by its name, before it is looked for or downloaded: the
   * weights of a folder have to be compared.
   */
  async #refuseOtherName(): Promise<void> {
    const asked = this.#options.model, store = this.#store;
    if (asked === undefined || store === undefined) return;
    const own = store.manifest.model.name;
    const [one, other] = [repositoryOf(own), repositoryOf(asked)];
    if (one === null || other === null || one === other) return;
    if ((await store.videos()).size === 0) return;
    throw this.#refusal(`it was made with the model ${own}, not ${asked}`);
  }

  /** Reads the subtitles of what is stored by now. */
  async *#readSubtitles(
    paths: readonly string[],
    { decoder, signal, exclude, shard }: AddOptions & Required<Pick<AddOptions, "signal">>,
    model: ModelFiles,
  ): AsyncGenerator<IndexEvent> {
    let pool: Promise<DecodePool> | undefined;
    const { imageSize } = model.config.vision;
    const run = {
      clips: this.#store!,
      subtitles: this.#subtitles,
      root: this.#root,
      exclude,
      shard,
      signal,
      openDecoder: () =>
        pool ??= DecodePool.open({ decoder: decoder ?? "auto", workers: 1, imageSize }),
    };
    try {
      yield* readSubtitles(paths, run);
    } finally {
      // One that did not open has been reported.
      await pool?.then((opened) => opened[Symbol.dispose](), () => {});
    }
  }

  /**
   * Finds the moments that fit a query best.
   *
   * @param query What is looked for; a string is one text.
   * @throws {Error} If there is no index, the query is empty, or an image cannot be read.
   */
  async search(query: string | Query, options: SearchOptions = {}): Promise<SearchResult> {
    const searcher = await this.#openedSearcher();
    return await searcher.search(typeof query === "string" ? { texts: [query] } : query, options);
  }

  /**
   * Measures what chance finds in the index as it is, so that results say how good a match they
   * are. Encodes a hundred texts the first time; costs nothing while the index stays as it is.
   *
   * @throws {Error} If there is no index, or its model cannot be opened.
   */
  async calibrate(): Promise<void> {
    await (await this.#openedSearcher()).calibrate();
  }

  /**
   * Encodes an image once, for any number of searches.
   *
   * @param path The file; a video stands for its first frame.
   * @returns What {@linkcode Query.images} takes.
   * @throws {Error} If there is no index, or the image cannot be read.
   */
  async encodeImage(path: string): Promise<Float32Array> {
    return await (await this.#openedSearcher()).encodeImage(path);
  }

  /**
   * Compares the frames of a clip with a query.
   *
   * @param clip The id of the clip.
   * @param query What its frames are compared with, if anything.
   * @throws {Deno.errors.NotFound} If the clip is not in the index.
   */
  async compare(clip: string, query: Query | null = null): Promise<ComparedClip> {
    return await (await this.#openedSearcher()).compare(clip, query);
  }

  /**
   * Explains why a text finds a clip, in the way that a search scores it where no mode is asked for.
   *
   * @param clip The id of the clip.
   * @param text One text of a query.
   * @throws {Deno.errors.NotFound} If the clip is not in the index.
   */
  async explain(clip: string, text: string): Promise<Explanation> {
    return await (await this.#openedSearcher()).explain(clip, text);
  }

  /**
   * What all clips look like, in an order that does not depend on how they were stored.
   *
   * @throws {Error} If there is no index.
   */
  async looks(): Promise<ClipLooks> {
    const clips = await this.#opened().coarse({ entities: false });
    const { videos, video, clip, start, end, dim, vectors } = clips;
    const order = Array.from(video, (_, i) => i).sort((a, b) => {
      const [one, other] = [videos[video[a]].path, videos[video[b]].path];
      return one < other ? -1 : one > other ? 1 : clip[a] - clip[b];
    });
    const sorted = new Float32Array(vectors.length);
    order.forEach((from, to) =>
      sorted.set(vectors.subarray(from * dim, (from + 1) * dim), to * dim)
    );
    return {
      clips: order.map((i) => ({
        clip: idOfClip(clips, i),
        path: videos[video[i]].path,
        start: start[i],
        end: end[i],
      })),
      dim,
      vectors: sorted,
    };
  }

  /**
   * The pictures of clips: a small JPEG a frame.
   *
   * @param clips The ids of the clips.
   * @returns In the order asked; null for a clip that is not in the index.
   */
  async thumbnails(clips: readonly string[]): Promise<(readonly Uint8Array[] | null)[]> {
    return await this.#opened().thumbnails(clips);
  }

  /**
   * What the index holds of a video.
   *
   * @param video The id of the video.
   * @throws {Deno.errors.NotFound} If the video is not in the index.
   */
  async video(video: string): Promise<IndexedVideo> {
    const stored = await this.#opened().video(video);
    if (stored) return { ...stored, file: this.#root.toFile(stored.path) };
    throw new Deno.errors.NotFound(`Cannot find the video ${video}: it is not in the index`);
  }

  /**
   * Finds groups of near-identical clips.
   *
   * @returns The groups, as they are found; of each, the first clip is the one the others are near to.
   * @throws {Error} If there is no index.
   */
  duplicates(): AsyncGenerator<DuplicateGroup> {
    return findDuplicates(this.#opened(), this.#root);
  }

  /**
   * The saved searches.
   *
   * @throws {Error} If there is no index.
   */
  get alerts(): Alerts {
    this.#opened();
    return this.#alerts;
  }

  /** Says what the index holds. */
  async info(): Promise<IndexInfo> {
    const { manifest, videos, clips, bytes, clipBytes, version } = await this.#opened().info();
    const { name, revision, precision } = manifest.model;
    return {
      videos,
      clips,
      model: name,
      limits: limitsOf(name),
      betterModel: name === EMBEDDED_MODEL && await isHere(DEFAULT_MODEL) ? DEFAULT_MODEL : null,
      revision,
      precision,
      heads: manifest.heads?.name ?? null,
      bytes,
      clipBytes,
      parameters: manifest.parameters,
      version,
    };
  }

  /**
   * Takes a video, or all videos below a folder, out of the index. The files stay.
   *
   * @returns How many videos were removed.
   */
  async remove(path: string): Promise<number> {
    const store = this.#opened();
    const real = realPath(path);
    const removed = [...(await store.videos()).values()]
      .filter((video) => isBeneath(this.#root.toFile(video.path), real))
      .map(({ video }) => video);
    if (removed.length > 0) {
      await store.removeVideos(removed);
      await store.compact();
    }
    return removed.length;
  }

  /** Closes the index and the models that searching opened. */
  async [Symbol.asyncDispose](): Promise<void> {
    // One that did not open has been reported.
    await this.#searcher?.then((searcher) => searcher[Symbol.asyncDispose](), () => {});
    this.#subtitles[Symbol.dispose]();
    this.#alertStore[Symbol.dispose]();
    this.#close();
  }

  async #openedSearcher(): Promise<Searcher> {
    const store = this.#opened();
    try {
      return await (this.#searcher ??= this.#openSearcher(store));
    } catch (error) {
      // The next one tries again.
      this.#searcher = undefined;
      throw error;
    }
  }

  async #openSearcher(store: ClipStore): Promise<Searcher> {
    const model = await this.#openModel();
    const own = store.manifest.model;
    if (own.fingerprint !== model.fingerprint) {
      throw new Error(
        `Cannot search the index ${this.#location}: it was made with the model ${own.name}, ` +
          `and ${model.name} has other weights; leave --model out, or index again with --rebuild`,
      );
    }
    return await Searcher.open({
      store,
      subtitles: this.#subtitles,
      root: this.#root,
      model,
      precision: own.precision,
      oneShot: this.#options.oneShot ?? false,
      imageDecoder: this.#options.imageDecoder,
    });
  }

  #opened(): ClipStore {
    if (this.#damage) throw this.#damage;
    if (this.#store) return this.#store;
    throw new Error(
      `Cannot open the index ${this.#location}: there is none; make it with "index PATH"`,
    );
  }

  #close(): void {
    this.#store?.close();
    this.#store = undefined;
  }

  /** The model that was asked for, else the index's own, else the default. */
  async #openModel(signal?: AbortSignal): Promise<ModelFiles> {
    const { model, onDownload: onProgress, onNotice } = this.#options;
    const resolve = { onProgress, signal };
    this.#model ??= model
      ? resolveModel(model, resolve)
      : this.#store
      ? this.#openOwnModel(this.#store.manifest.model, resolve)
      : resolveDefaultModel(resolve, (why) => onNotice?.(why));
    try {
      return await this.#model;
    } catch (error) {
      // The next one tries again.
      this.#model = undefined;
      throw error;
    }
  }

  async #openOwnModel(
    { name, revision }: Manifest["model"],
    options: ResolveOptions,
  ): Promise<ModelFiles> {
    const registered = REGISTRY.find((it) => it.name === name);
    // The very commit that the index was made with, whatever the name stands for by now.
    const spec = registered && registered.revision !== revision
      ? `hf:${registered.repo}@${revision}`
      : name.startsWith("hf:")
      ? `${name}@${revision}`
      : name;
    try {
      return await resolveModel(spec, options);
    } catch (error) {
      throw new Error(
        `Cannot open the model that the index ${this.#location} was made with: ` +
          `${(error as Error).message}; if its folder was moved, name it with --model DIR`,
        { cause: error },
      );
    }
  }

  /**
   * What an index made by `add` with these options records; what is left out is the index's, unless
   * it is made anew.
   */
  async #manifest(model: ModelFiles, options: AddOptions): Promise<Manifest> {
    const own = options.rebuild ? undefined : this.#store?.manifest;
    const heads = await loadHeads(model.dir, model.config.dim);
    const { rounds, keepRatio, neighbours, spotRatio } = heads.parameters;
    return {
      format: FORMAT,
      model: {
        name: model.name,
        revision: model.revision,
        fingerprint: model.fingerprint,
        precision: options.precision ?? own?.model.precision ?? "f32",
      },
      heads: heads.trained ? { name: heads.name!, fingerprint: heads.fingerprint! } : null,
      parameters: {
        frames: options.frames ?? own?.parameters.frames ?? 12,
        fps: options.fps ?? own?.parameters.fps ?? null,
        segment: options.segment ?? own?.parameters.segment ?? "auto",
        keepPatches: options.keepPatches ?? own?.parameters.keepPatches ?? heads.mode === "hvd",
        rounds,
        keepRatio,
        neighbours,
        spotRatio,
      },
      dim: model.config.dim,
      patchesPerFrame: model.config.vision.patches,
    };
  }
}

/** Whether there is a file to index. */
async function holdsVideos(paths: readonly string[], options: DiscoverOptions): Promise<boolean> {
  for await (const found of discover(paths, options)) if ("size" in found) return true;
  return false;
}

/** Refuses clips of more patch tokens than can be clustered. */
function checkFrames({ parameters: { frames }, patchesPerFrame }: Manifest): void {
  const most = Math.floor(MAX_TOKENS / patchesPerFrame);
  if (frames <= most) return;
  throw new RangeError(
    `Cannot take ${frames} frames of ${patchesPerFrame} patches a clip: the clustering takes at ` +
      `most ${MAX_TOKENS} patches, so at most --frames ${most}`,
  );
}
