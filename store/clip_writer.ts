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
 *   await using writer = new ClipWriter(store);
 *   for await (const clip of clips) {
 *     await writer.ready;
 *     writer.add(clip).then(() => console.log(`${clip.id} is safe`), () => {});
 *   }
 * }
 * ```
 */
export class ClipWriter implements AsyncDisposable {
  readonly #store: ClipStore;
  readonly #options: Required<ClipWriterOptions>;
  #batch = new Batch();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #commits = 0;
  #running: Promise<void> = Promise.resolve();

  /**
   * @param store Where the clips go. The writer does not close it.
   * @param options When it commits.
   */
  constructor(store: ClipStore, options: ClipWriterOptions = {}) {
    this.#store = store;
    this.#options = { clips: 32, milliseconds: 10_000, compactEvery: 100, ...options };
  }

  /** How many commits were made. */
  get commits(): number {
    return this.#commits;
  }

  /**
   * Resolves when the commits that were begun are done. Who awaits it before {@linkcode add} makes
   * clips no faster than they are stored.
   */
  get ready(): Promise<void> {
    return this.#running.catch(() => {});
  }

  /**
   * Takes a clip.
   *
   * @param clip The clip.
   * @returns What resolves when the clip is stored: on a local disk, when it is on the disk. That
   * may be {@linkcode ClipWriterOptions.milliseconds} later, so go on meanwhile.
   * @throws {Error} When the commit failed; so does the next {@linkcode flush}.
   */
  add(clip: ClipRecord): Promise<void> {
    const { clips, stored } = this.#batch;
    clips.push(clip);
    if (clips.length >= this.#options.clips) {
      this.#begin();
    } else if (clips.length === 1) {
      this.#timer = setTimeout(() => this.#begin(), this.#options.milliseconds);
      Deno.unrefTimer(this.#timer);
    }
    return stored.promise;
  }

  /**
   * Stores the clips that are waiting.
   *
   * @throws {Error} When a commit failed since the last time.
   */
  async flush(): Promise<void> {
    this.#begin();
    const running = this.#running;
    this.#running = this.ready;
    await running;
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

  /** Begins a commit of what is waiting, after the one before: two at once would only collide. */
  #begin(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const batch = this.#batch;
    if (batch.clips.length === 0) return;
    this.#batch = new Batch();
    const commit = this.#commit(batch, this.#running);
    // Whoever flushes learns of it; nobody need wait for every commit.
    commit.catch(() => {});
    this.#running = commit;
  }

  async #commit({ clips, stored }: Batch, before: Promise<void>): Promise<void> {
    const failed = await before.then(() => null, (error: unknown) => ({ error }));
    try {
      await this.#store.upsert(clips);
      this.#commits++;
      stored.resolve();
      if (this.#commits % this.#options.compactEvery === 0 && await this.#store.compactionDue()) {
        await this.#store.compact();
      }
    } catch (error) {
      stored.reject(error);
      throw error;
    }
    if (failed) throw failed.error;
  }
}

/** The clips of one commit, and what tells those who gave them that it is done. */
class Batch {
  readonly clips: ClipRecord[] = [];
  readonly stored = Promise.withResolvers<void>();

  constructor() {
    // A failure reaches whoever flushes, even where nobody waits for the single clips.
    this.stored.promise.catch(() => {});
  }
}
