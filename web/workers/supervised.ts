import type * as Comlink from "comlink";
import { Remote } from "../../pipeline/remote.ts";

/** How a {@linkcode Supervised} worker does. */
export interface WorkerState {
  readonly state: "idle" | "ready" | "failed";
  /** How often it was started again after it had ended. */
  readonly restarts: number;
  /** What ended it last. */
  readonly lastError: string | null;
}

/**
 * An object in a worker that is started when it is needed, and again when it has died: the call
 * that was in hand is made once more, those after it do not notice.
 */
export class Supervised<T> implements Disposable {
  readonly #url: URL;
  readonly #open: (api: Comlink.Remote<T>) => Promise<void>;
  #remote?: Promise<Remote<T>>;
  #ended = false;
  #failed = false;
  #restarts = 0;
  #lastError: string | null = null;

  /**
   * @param url The worker's module, which exposes a `T` with Comlink.
   * @param open Prepares a fresh worker for calls.
   */
  constructor(url: URL, open: (api: Comlink.Remote<T>) => Promise<void>) {
    this.#url = url;
    this.#open = open;
  }

  /** How it does. */
  get health(): WorkerState {
    return {
      state: this.#failed ? "failed" : this.#remote ? "ready" : "idle",
      restarts: this.#restarts,
      lastError: this.#lastError,
    };
  }

  /**
   * Calls the object. The call must be one that can be made twice.
   *
   * @param seconds How long it may take before the worker is ended.
   * @throws {DOMException} A `TimeoutError` if it takes longer.
   * @throws {Error} What the callee throws; or what ended the worker, twice in a row.
   */
  async call<R>(
    run: (api: Comlink.Remote<T>) => Promise<R>,
    seconds = Infinity,
  ): Promise<R> {
    const remote = await this.#started();
    try {
      return await this.#within(seconds, remote, run);
    } catch (error) {
      if (isTimeout(error)) throw error;
      if (remote.alive || this.#ended) throw error;
      this.#died(error, remote);
    }
    const again = await this.#started();
    try {
      return await this.#within(seconds, again, run);
    } catch (error) {
      if (!again.alive && !this.#ended) this.#died(error, again);
      throw error;
    }
  }

  /** Ends the worker; calls in hand fail. */
  [Symbol.dispose](): void {
    this.#ended = true;
    this.#remote?.then((remote) => remote[Symbol.dispose](), () => {});
  }

  /** Ends a worker that does not answer, so that others are answered again. */
  async #within<R>(
    seconds: number,
    remote: Remote<T>,
    run: (api: Comlink.Remote<T>) => Promise<R>,
  ): Promise<R> {
    if (seconds === Infinity) return await remote.call(run);
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      const error = new DOMException(`it took more than ${seconds} s`, "TimeoutError");
      this.#died(error, remote);
      reject(error);
      remote[Symbol.dispose]();
    }, 1000 * seconds);
    try {
      return await Promise.race([remote.call(run), late]);
    } finally {
      clearTimeout(timer);
    }
  }

  async #started(): Promise<Remote<T>> {
    if (this.#ended) throw new Error("Cannot call a worker of a server that has ended");
    const starting = this.#remote ??= this.#start();
    try {
      const remote = await starting;
      if (remote.alive) return remote;
      this.#died(new Error("it ended by itself"), remote);
    } catch (error) {
      if (this.#remote === starting) {
        this.#remote = undefined;
        this.#failed = true;
        this.#lastError = messageOf(error);
      }
      throw error;
    }
    return await this.#started();
  }

  async #start(): Promise<Remote<T>> {
    const remote = new Remote<T>(this.#url, {
      read: "inherit",
      write: "inherit",
      env: "inherit",
      ffi: "inherit",
      net: "inherit",
    });
    try {
      await remote.call((api) => this.#open(api));
      this.#failed = false;
      // A call that nothing but its end answers: it is known at once, and not with the next call.
      remote.call<never>(() => new Promise(() => {})).catch((error) => {
        if (!this.#ended) this.#died(error, remote);
      });
      return remote;
    } catch (error) {
      remote[Symbol.dispose]();
      throw error;
    }
  }

  /** Several calls may have been in hand: the first that tells counts. */
  #died(error: unknown, remote: Remote<T>): void {
    if (this.#dead.has(remote)) return;
    this.#dead.add(remote);
    this.#remote = undefined;
    this.#failed = true;
    this.#restarts++;
    this.#lastError = messageOf(error);
  }

  readonly #dead = new WeakSet<Remote<T>>();
}

function isTimeout(error: unknown): boolean {
  return error instanceof DOMException && error.name === "TimeoutError";
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
