/**
 * Clips on their way into an index, gathered into commits.
 *
 * @module
 */
import type { ClipStore } from "./clip_store.ts";
import type { ClipRecord } from "./record.ts";

/** When a {@linkcode ClipWriter} commits. */
export interface ClipWriterOptions {
  /** Commits when so many clips are waiting. */
  readonly clips?: number;
  /** Commits when a clip has been waiting for so long, in milliseconds. */
  readonly milliseconds?: number;
  /** Looks whether to compact after so many commits. */
  readonly compactEvery?: number;
  /** Called after each commit with its clips: they are on the disk. */
  readonly onStored?: (clips: readonly ClipRecord[]) => void;
}

/**
 * Gathers clips and stores them 32 at a time, or whenever one has waited for 10 seconds. One commit
 * a clip would leave a file each, and make reading many times slower.
 *
 * @example
 * ```ts
 * import type { ClipRecord } from "./record.ts";
 * import type { ClipStore } from "./clip_store.ts";
 * import { ClipWriter } from "./clip_writer.ts";
 *
 * export async function storeAll(store: ClipStore, clips: AsyncIterable<ClipRecord>) {
 *   await using writer = new ClipWriter(store, {
 *     onStored: (clips) => console.log(`${clips.length} clips are safe`),
 *   });
 *   for await (const clip of clips) await writer.add(clip);
 * }
 * ```
 */
export class ClipWriter implements AsyncDisposable {
  readonly #store: ClipStore;
  readonly #options: Required<ClipWriterOptions>;
  #waiting: ClipRecord[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #commits = 0;
  #running: Promise<void> = Promise.resolve();
  #failure: { readonly error: unknown } | undefined;

  /**
   * @param store Where the clips go. The writer does not close it.
   * @param options When it commits.
   */
  constructor(store: ClipStore, options: ClipWriterOptions = {}) {
    this.#store = store;
    this.#options = {
      clips: 32,
      milliseconds: 10_000,
      compactEvery: 100,
      onStored: () => {},
      ...options,
    };
  }

  /** How many commits were made. */
  get commits(): number {
    return this.#commits;
  }

  /**
   * Takes a clip. Resolves at once while there is room, and after the commit where this clip made
   * one full, which holds back whoever makes the clips.
   *
   * @param clip The clip.
   * @throws {Error} When a commit failed, this one or one that the timer began.
   */
  async add(clip: ClipRecord): Promise<void> {
    this.#throwFailure();
    this.#waiting.push(clip);
    if (this.#waiting.length >= this.#options.clips) return await this.flush();
    if (this.#timer !== undefined) return;
    // Nobody awaits the timer: the next call throws what went wrong.
    const commit = () => this.flush().catch((error) => this.#failure = { error });
    const timer = setTimeout(commit, this.#options.milliseconds);
    Deno.unrefTimer(timer);
    this.#timer = timer;
  }

  /**
   * Stores the clips that are waiting. Those of a commit that failed go on waiting.
   *
   * @throws {Error} When a commit failed.
   */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    // One commit after the other: two of one process would only collide.
    this.#running = this.#running.catch(() => {}).then(() => this.#commit());
    await this.#running;
    this.#throwFailure();
  }

  /**
   * Stores what is waiting and compacts the index where that pays.
   *
   * @throws {Error} When a commit failed.
   */
  async close(): Promise<void> {
    await this.flush();
    if (await this.#store.compactionDue()) await this.#store.compact();
  }

  /** The same as {@linkcode ClipWriter.close}, at the end of an `await using` block. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #commit(): Promise<void> {
    const clips = this.#waiting;
    if (clips.length === 0) return;
    this.#waiting = [];
    try {
      await this.#store.upsert(clips);
    } catch (error) {
      this.#waiting = [...clips, ...this.#waiting];
      throw error;
    }
    this.#options.onStored(clips);
    this.#commits++;
    if (this.#commits % this.#options.compactEvery === 0 && await this.#store.compactionDue()) {
      await this.#store.compact();
    }
  }

  #throwFailure(): void {
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure) throw failure.error;
  }
}
