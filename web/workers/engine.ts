import type { Remote } from "comlink";
import type {
  ComparedClip,
  Explanation,
  IndexedVideo,
  IndexInfo,
  Query,
  SearchOptions,
  SearchResult,
} from "../../mod.ts";
import { FIRST_SEEN } from "../first_seen.ts";
import { Kept } from "../kept.ts";
import { Problem } from "../problem.ts";
import { Turns } from "../turns.ts";
import type { SearchWorker } from "./search_worker.ts";
import { Supervised, type WorkerState } from "./supervised.ts";

/** What of a video must not be asked of the index for every few bytes that are sent of it. */
const VIDEO_SECONDS = 5;

/** Seconds that a search may take, once the model is there. */
const SEARCH_SECONDS = 60;

/** The index, and the models that search it, as the routes use them. */
export class Engine implements Disposable {
  readonly #worker: Supervised<SearchWorker>;
  #isWarm = false;
  /** A search takes all cores: two keep them busy. */
  readonly #searches = new Turns({ running: 2, waiting: 1000, patience: 30 });
  readonly #images = new Turns({ running: 1, waiting: 16, patience: 30 });
  readonly #thumbnails = new Kept<Promise<Uint8Array<ArrayBuffer>[] | null>>({ entries: 400 });
  readonly #videos = new Kept<Promise<IndexedVideo>>({ entries: 1000, seconds: VIDEO_SECONDS });

  /** @param location The index, which need not be there yet. */
  constructor(location: string, model: string | undefined) {
    const url = new URL("./search_worker.ts", import.meta.url);
    this.#worker = new Supervised(url, (api) => api.open(location, model));
  }

  /** How the worker does. */
  get health(): WorkerState {
    return this.#worker.health;
  }

  /** How many searches there are. */
  get searches(): { running: number; waiting: number } {
    return this.#searches.counts;
  }

  /** Opens what the first search needs. */
  async warm(): Promise<void> {
    await this.#worker.call((worker) => worker.warm());
    this.#isWarm = true;
  }

  /** @param signal Gives up while it waits for its turn. */
  async search(query: Query, options: SearchOptions, signal: AbortSignal): Promise<SearchResult> {
    const search = () =>
      this.#call(
        (worker) => worker.search(query, options),
        this.#isWarm ? SEARCH_SECONDS : Infinity, // a model may have to be fetched
      );
    const result = await this.#searches.run(search, signal);
    this.#isWarm = true;
    // They are asked for next, the first ones first.
    const clips = result.moments.map(({ clip }) => clip);
    this.#fetchThumbnails(clips.slice(0, FIRST_SEEN));
    this.#fetchThumbnails(clips.slice(FIRST_SEEN));
    return result;
  }

  /** Decodes an image in the sandbox and encodes it. */
  async encodeImage(path: string, signal: AbortSignal): Promise<Float32Array> {
    return await this.#images.run(() => this.#call((worker) => worker.encodeImage(path)), signal);
  }

  async compare(clip: string, query: Query | null): Promise<ComparedClip> {
    return await this.#call((worker) => worker.compare(clip, query));
  }

  async explain(clip: string, text: string): Promise<Explanation> {
    return await this.#call((worker) => worker.explain(clip, text));
  }

  /** The picture of a frame; null where there is none. */
  async thumbnail(
    clip: string,
    frame: number | "middle",
  ): Promise<Uint8Array<ArrayBuffer> | null> {
    this.#fetchThumbnails([clip]);
    const frames = await this.#thumbnails.get(clip) ?? [];
    return frames[frame === "middle" ? Math.floor(frames.length / 2) : frame] ?? null;
  }

  async video(video: string): Promise<IndexedVideo> {
    return await (this.#videos.get(video) ?? this.#fetchVideo(video));
  }

  /** What the index holds; null where there is none. */
  async info(): Promise<IndexInfo | null> {
    return await this.#call((worker) => worker.info());
  }

  /** Forgets what the index said: it has changed. */
  refresh(): void {
    this.#thumbnails.clear();
    this.#videos.clear();
  }

  [Symbol.dispose](): void {
    this.#worker[Symbol.dispose]();
  }

  #fetchVideo(video: string): Promise<IndexedVideo> {
    const fetched = this.#call((worker) => worker.video(video));
    this.#videos.set(video, fetched);
    fetched.catch(() => this.#videos.delete(video));
    return fetched;
  }

  /** Asks for those that are not there in one go. */
  #fetchThumbnails(clips: readonly string[]): void {
    const missing = clips.filter((clip) => !this.#thumbnails.get(clip));
    if (missing.length === 0) return;
    const all = this.#call((worker) => worker.thumbnails(missing));
    missing.forEach((clip, i) => {
      const one = all.then((thumbnails) => thumbnails[i]);
      this.#thumbnails.set(clip, one);
      one.then((found) => found ?? this.#thumbnails.delete(clip), () => {
        this.#thumbnails.delete(clip);
      });
    });
  }

  async #call<R>(
    run: (worker: Remote<SearchWorker>) => Promise<R>,
    seconds?: number,
  ): Promise<R> {
    try {
      return await this.#worker.call(run, seconds);
    } catch (error) {
      throw toProblem(error);
    }
  }
}

/** Classes do not come through from a worker, names do. */
function toProblem(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { name, message } = error;
  if (name === "TimeoutError") {
    return new Problem("slow", `Cannot search: ${message}; ask for something simpler`, {
      cause: error,
    });
  }
  if (name === "NoIndexError") return new Problem("no-index", message, { cause: error });
  if (name === "NotFound") return new Problem("missing", message, { cause: error });
  if (name === "RangeError" && message.startsWith("Cannot ")) {
    return new Problem("invalid", message, { cause: error });
  }
  return error;
}
