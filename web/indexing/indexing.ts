/**
 * Indexing while the server runs: folders one after the other, each in a worker of its own, that
 * can be paused and tells how it goes.
 *
 * @module
 */
import * as Comlink from "comlink";
import { oneLine } from "../../files/one_line.ts";
import type { IndexEvent, IndexSummary } from "../../mod.ts";
import { Remote } from "../../pipeline/remote.ts";
import type { IndexingResponse } from "../api/schemas.ts";
import type { WorkerState } from "../workers/supervised.ts";
import type { IndexWorker } from "./index_worker.ts";
import { Progress } from "./progress.ts";

/** How often a run goes on by itself after its worker has died. */
const RESTARTS = 3;

/** Where indexing is to happen. */
export interface IndexingOptions {
  readonly location: string;
  readonly model: string | undefined;
  /** Told when the index has changed. */
  readonly onChange: () => void;
}

/** Indexes folders. */
export class Indexing implements AsyncDisposable {
  readonly #options: IndexingOptions;
  readonly #listeners = new Set<() => void>();
  readonly #waiting: string[] = [];
  #state: IndexingResponse["state"] = "idle";
  #folder: string | null = null;
  #progress = new Progress();
  #error: string | null = null;
  #remote?: Remote<IndexWorker>;
  #running: Promise<void> = Promise.resolve();
  #restarts = 0;
  #lastError: string | null = null;
  #ended = false;

  constructor(options: IndexingOptions) {
    this.#options = options;
  }

  /** How it goes. */
  get status(): IndexingResponse {
    return {
      state: this.#state,
      folder: this.#folder,
      waiting: [...this.#waiting],
      ...this.#progress.status(this.#state === "running"),
      error: this.#error,
    };
  }

  /** How the worker does. */
  get health(): WorkerState {
    return {
      state: this.#error !== null ? "failed" : this.#remote?.alive ? "ready" : "idle",
      restarts: this.#restarts,
      lastError: this.#lastError,
    };
  }

  /** Has a folder indexed, when its turn has come. */
  add(folder: string): void {
    if (this.#waiting.includes(folder)) return;
    if (folder === this.#folder && (this.#state === "running" || this.#state === "pausing")) return;
    if (folder === this.#folder && this.#state === "paused") return this.resume();
    this.#waiting.push(folder);
    if (this.#state === "idle" || this.#error !== null) this.#begin();
    else this.#changed();
  }

  /** Stops after the clips in hand. */
  pause(): void {
    if (this.#state !== "running") return;
    this.#state = "pausing";
    this.#stop();
    this.#changed();
  }

  /** Goes on where it stopped. */
  resume(): void {
    if (this.#state !== "paused") return;
    this.#progress.resume();
    this.#run(this.#folder!);
  }

  /** Calls back at every change until the returned function is called. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Stops after the clips in hand. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended = true;
    this.#stop();
    await this.#running;
  }

  #begin(): void {
    this.#progress = new Progress();
    this.#run(this.#waiting.shift()!);
  }

  #run(folder: string): void {
    this.#folder = folder;
    this.#state = "running";
    this.#error = null;
    this.#changed();
    this.#running = this.#attempt(folder).then(
      (summary) => this.#finish(summary),
      (error) => this.#fail(error),
    );
  }

  /** Runs, and goes on where the worker died. */
  async #attempt(folder: string): Promise<IndexSummary> {
    for (let restarts = 0;; restarts++) {
      const remote = new Remote<IndexWorker>(new URL("./index_worker.ts", import.meta.url), {
        read: "inherit",
        write: "inherit",
        env: "inherit",
        ffi: "inherit",
        net: "inherit",
      });
      this.#remote = remote;
      const { location, model } = this.#options;
      const onEvent = Comlink.proxy((event: IndexEvent) => this.#take(event));
      try {
        if (this.#state === "pausing" || this.#ended) this.#stop();
        return await remote.call((worker) => worker.run(location, model, folder, onEvent));
      } catch (error) {
        if (remote.alive || this.#ended || restarts === RESTARTS) throw error;
        this.#restarts++;
        this.#lastError = messageOf(error);
        this.#progress.resume();
      } finally {
        remote[Symbol.dispose]();
      }
    }
  }

  #stop(): void {
    this.#remote?.call((worker) => worker.stop()).catch(() => {
      // It is dead already.
    });
  }

  #take(event: IndexEvent): void {
    this.#progress.take(event);
    if (event.kind === "indexed" || event.kind === "moved") this.#options.onChange();
    this.#changed();
  }

  #finish(summary: IndexSummary): void {
    this.#progress.take(summary);
    this.#options.onChange();
    if (this.#state === "pausing") {
      this.#state = "paused";
      return this.#changed();
    }
    this.#state = "idle";
    if (this.#waiting.length > 0 && !this.#ended) this.#begin();
    else this.#changed();
  }

  /** A run that failed can be resumed: what was encoded is stored. */
  #fail(error: unknown): void {
    this.#error = this.#lastError = oneLine(messageOf(error));
    this.#state = "paused";
    this.#changed();
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
