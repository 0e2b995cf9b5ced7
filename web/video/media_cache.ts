/**
 * Files that are made when somebody wants them: shared by all who want the same, given up when
 * nobody does any more, kept up to a size.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { Turns } from "../turns.ts";

/** How a {@linkcode MediaCache} keeps files. */
export interface MediaCacheOptions {
  readonly folder: string;
  /** The bytes that all files together may take up. */
  readonly maxBytes: number;
  /** Files that are made at a time. */
  readonly jobs: number;
}

interface Job {
  readonly path: Promise<string>;
  readonly controller: AbortController;
  waiting: number;
}

/** Keeps files by what they are made of. */
export class MediaCache {
  readonly #options: MediaCacheOptions;
  readonly #turns: Turns;
  readonly #jobs = new Map<string, Job>();

  constructor(options: MediaCacheOptions) {
    this.#options = options;
    this.#turns = new Turns({ running: options.jobs, waiting: 64, patience: 120 });
  }

  /** How many files are being made, and how many wait for their turn. */
  get counts(): { running: number; waiting: number } {
    return this.#turns.counts;
  }

  /**
   * Gives a file, which is made if it is not there.
   *
   * @param recipe What it is made of: the same gives the same file.
   * @param make Writes the file to a path; gives up when its signal says that nobody waits.
   * @param signal Says that this caller does not wait any more.
   * @returns The file, open, so that it can be sent even if it is dropped meanwhile.
   */
  async open(
    recipe: readonly unknown[],
    make: (path: string, signal: AbortSignal) => Promise<void>,
    signal: AbortSignal,
  ): Promise<Deno.FsFile> {
    const name = createHash("sha256").update(JSON.stringify(recipe)).digest("hex").slice(0, 40);
    const made = () => {
      signal.throwIfAborted();
      return this.#wait(this.#jobs.get(name) ?? this.#start(name, make), signal);
    };
    const path = await made();
    try {
      return await Deno.open(path);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      return await Deno.open(await made()); // it had to make room meanwhile
    }
  }

  #start(name: string, make: (path: string, signal: AbortSignal) => Promise<void>): Job {
    const path = join(this.#options.folder, name);
    const controller = new AbortController();
    const write = async () => {
      await Deno.mkdir(this.#options.folder, { recursive: true, mode: 0o700 });
      await make(path, controller.signal);
      await this.#drop(path);
    };
    const keptOrMade = async () => {
      if (!await markUsed(path)) await this.#turns.run(write, controller.signal);
      return path;
    };
    const job = {
      path: keptOrMade().finally(() => {
        if (this.#jobs.get(name) === job) this.#jobs.delete(name);
      }),
      controller,
      waiting: 0,
    };
    this.#jobs.set(name, job);
    return job;
  }

  async #wait(job: Job, signal: AbortSignal): Promise<string> {
    const { promise, reject } = Promise.withResolvers<never>();
    const leave = () => reject(signal.reason);
    job.waiting++;
    signal.addEventListener("abort", leave);
    try {
      return await Promise.race([job.path, promise]);
    } finally {
      signal.removeEventListener("abort", leave);
      if (--job.waiting === 0) this.#giveUp(job);
    }
  }

  /** Nobody waits: what is half made is of no use, and whoever comes next starts anew. */
  #giveUp(job: Job): void {
    for (const [name, other] of this.#jobs) if (other === job) this.#jobs.delete(name);
    job.controller.abort();
    job.path.catch(() => {});
  }

  /** Drops what was used longest ago until the rest fits; what was just made stays. */
  async #drop(made: string): Promise<void> {
    const files: { path: string; size: number; used: number }[] = [];
    for await (const { name, isFile } of Deno.readDir(this.#options.folder)) {
      if (!isFile) continue;
      const path = join(this.#options.folder, name);
      const info = await Deno.stat(path).catch(() => null);
      if (info) files.push({ path, size: info.size, used: info.mtime?.getTime() ?? 0 });
    }
    let bytes = files.reduce((sum, { size }) => sum + size, 0);
    files.sort((a, b) => a.used - b.used);
    for (const { path, size } of files) {
      if (bytes <= this.#options.maxBytes) return;
      if (path === made) continue;
      await Deno.remove(path).catch(() => {});
      bytes -= size;
    }
  }
}

/** What was used last is dropped last. Tells whether the file is there. */
async function markUsed(path: string): Promise<boolean> {
  try {
    await Deno.utime(path, new Date(), new Date());
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
