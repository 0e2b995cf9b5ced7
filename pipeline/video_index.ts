import type { Shard } from "../files/shard.ts";
import { MAX_TOKENS } from "../kernels/backend.ts";
import { loadHeads } from "../models/hvd/heads.ts";
import type { ModelFiles } from "../models/model_files.ts";
import { type DownloadProgress, resolveModel } from "../models/registry.ts";
import { ClipStore } from "../store/clip_store.ts";
import type { StoreInfo } from "../store/clip_store.ts";
import { difference, FORMAT, type Manifest } from "../store/manifest.ts";
import { type IndexEvent, type IndexRun, indexVideos } from "./indexer.ts";
import { Root } from "./root.ts";
import { Searcher } from "./search/searcher.ts";
import type { Query, SearchOptions, SearchResult } from "./search/query.ts";
import { type Device, openStages } from "./stages.ts";

/** The model of a new index where none is asked for. */
const DEFAULT_MODEL = "clip-vit-b-32";

/** How to open an index. */
export interface OpenOptions {
  /**
   * The model: a name of the registry, `hf:OWNER/REPO`, or a folder. Defaults to the index's own,
   * or to `clip-vit-b-32` for a new one.
   */
  readonly model?: string;
  /** Opens the models for a single query: at once, and 3–5 % slower from then on. */
  readonly oneShot?: boolean;
  /** Told how far the download of a model is. */
  readonly onDownload?: DownloadProgress;
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
  readonly decoder?: "auto" | "native" | "wasm";
  readonly device?: Device;
  /** The type of the model's weights. Defaults to `f32`. */
  readonly precision?: "f32" | "int8";
  /** Stores all patch tokens, which the mode `hvd` needs. */
  readonly keepPatches?: boolean;
  /** Discards what is stored and makes the index anew. */
  readonly rebuild?: boolean;
  /** This process's share of the files, counted from 1. */
  readonly shard?: Shard;
  /**
   * Drops videos beneath the given folders whose files are gone, if this answers true. It is told
   * how many of how many.
   */
  readonly confirmPrune?: (gone: number, total: number) => boolean;
  /** Ends the run after the clips in hand. */
  readonly signal?: AbortSignal;
}

/** What an index holds. */
export interface IndexInfo {
  readonly videos: number;
  readonly clips: number;
  /** The model's name. */
  readonly model: string;
  readonly revision: string | null;
  readonly precision: string;
  /** The trained heads, or null: then sentence–frame similarity alone decides. */
  readonly heads: string | null;
  /** What the index takes up. */
  readonly bytes: number;
  readonly clipBytes: StoreInfo["clipBytes"];
  readonly parameters: Manifest["parameters"];
  readonly version: number;
}

/**
 * Opens an index, or prepares a new one that the first {@linkcode VideoIndex.add} makes.
 *
 * @param location A folder, or a URI on object storage (`s3://`, `gs://`, `az://`).
 * @throws {Error} If what is there is damaged, or of another format.
 */
export async function openIndex(
  location = ".fovea",
  options: OpenOptions = {},
): Promise<VideoIndex> {
  return new VideoIndex(location, options, await ClipStore.openIfAny(location));
}

/** An index of videos. Made by {@linkcode openIndex}. */
export class VideoIndex implements AsyncDisposable {
  readonly #location: string;
  readonly #options: OpenOptions;
  readonly #root: Root;
  #store: ClipStore | undefined;
  #model?: Promise<ModelFiles>;
  #searcher?: Promise<Searcher>;

  /** @ignore Use {@linkcode openIndex}. */
  constructor(location: string, options: OpenOptions, store: ClipStore | undefined) {
    this.#location = location;
    this.#options = options;
    this.#root = Root.of(location);
    this.#store = store;
  }

  /**
   * Brings the index up to date with files and folders. Files that are stored as they are now
   * cost a look at their size and time; a run that was interrupted goes on where it ended.
   *
   * @param paths Files and folders.
   * @returns What happens, as it happens; the summary comes last.
   * @throws {RangeError} If a clip would have more patch tokens than the kernels take.
   * @throws {Error} If the index was made with another model or other settings, naming both.
   */
  async *add(paths: readonly string[], options: AddOptions = {}): AsyncGenerator<IndexEvent> {
    const { device = "auto", decoder = "auto", rebuild = false } = options;
    const model = await this.#openModel(rebuild);
    const manifest = await this.#manifest(model, options);
    checkFrames(manifest);
    if (rebuild && options.shard && options.shard.index > 0) {
      throw new RangeError(
        "Cannot rebuild from every shard: each would discard what the others stored; " +
          "give --rebuild to shard 0 alone, and start the others when it has begun",
      );
    }
    if (rebuild) {
      this.#close();
      this.#store = await ClipStore.rebuild(this.#location, manifest);
    } else if (this.#store) {
      const other = difference(this.#store.manifest, manifest);
      if (other) {
        throw new Error(
          `Cannot add to the index ${this.#location}: ${other}; --rebuild makes it anew`,
        );
      }
    } else {
      this.#store = await ClipStore.openOrCreate(this.#location, manifest);
    }
    const { parameters } = manifest;
    const run: IndexRun = {
      ...parameters,
      store: this.#store,
      root: this.#root,
      model: manifest.model.name,
      exclude: options.exclude ?? [],
      shard: options.shard,
      confirmPrune: options.confirmPrune,
      signal: options.signal ?? new AbortController().signal,
      // One more than there are cores: while one waits, all are busy.
      concurrency: navigator.hardwareConcurrency + 1,
      openStages: (onNotice) =>
        openStages(model, {
          decoder,
          device,
          precision: manifest.model.precision,
          concurrency: run.concurrency,
          onNotice,
        }),
    };
    yield* indexVideos(paths, run);
  }

  /**
   * Finds the moments that fit a query best.
   *
   * @param query What is looked for; a string is one text.
   * @throws {Error} If there is no index, the query is empty, or an image cannot be read.
   */
  async search(query: string | Query, options: SearchOptions = {}): Promise<SearchResult> {
    const store = this.#opened();
    const searcher = await (this.#searcher ??= this.#openSearcher(store));
    return await searcher.search(typeof query === "string" ? { texts: [query] } : query, options);
  }

  /** Says what the index holds. */
  async info(): Promise<IndexInfo> {
    const { manifest, videos, clips, bytes, clipBytes, version } = await this.#opened().info();
    const { name, revision, precision } = manifest.model;
    return {
      videos,
      clips,
      model: name,
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
    const stored = this.#root.toStored(path);
    const below = stored === "" ? "" : `${stored}/`;
    const removed = [...(await store.videos()).values()]
      .filter((video) => video.path === stored || video.path.startsWith(below))
      .map(({ video }) => video);
    if (removed.length > 0) {
      await store.removeVideos(removed);
      await store.compact();
    }
    return removed.length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // One that did not open has been reported.
    await this.#searcher?.then((searcher) => searcher[Symbol.asyncDispose](), () => {});
    this.#close();
  }

  async #openSearcher(store: ClipStore): Promise<Searcher> {
    const model = await this.#openModel(false);
    const own = store.manifest.model;
    if (own.fingerprint !== model.fingerprint) {
      throw new Error(
        `Cannot search the index ${this.#location}: it was made with the model ${own.name}, ` +
          `and ${model.name} has other weights`,
      );
    }
    return await Searcher.open({
      store,
      root: this.#root,
      model,
      precision: own.precision,
      oneShot: this.#options.oneShot ?? false,
    });
  }

  #opened(): ClipStore {
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
  #openModel(rebuild: boolean): Promise<ModelFiles> {
    const own = rebuild ? undefined : this.#store?.manifest.model;
    const spec = this.#options.model ?? (own ? specOf(own) : DEFAULT_MODEL);
    return this.#model ??= resolveModel(spec, { onProgress: this.#options.onDownload });
  }

  /** What an index made by `add` with these options records; what is left out is the index's. */
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
        keepPatches: options.keepPatches ?? own?.parameters.keepPatches ?? false,
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

/** What {@linkcode resolveModel} finds the model of an index by: the very commit, on a hub. */
function specOf({ name, revision }: Manifest["model"]): string {
  return name.startsWith("hf:") && revision !== null ? `${name}@${revision}` : name;
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
