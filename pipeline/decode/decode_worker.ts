import * as Comlink from "comlink";
import { decodeFailure } from "./failure.ts";
import type { DecodeServer } from "./serve.ts";

/**
 * A worker that decodes, seen from outside: its calls end even where it does not answer, because it
 * crashed, or because nothing moved in it for too long.
 */
export class DecodeWorker {
  readonly #worker: Worker;
  readonly #api: Comlink.Remote<DecodeServer>;
  readonly #timeLimit: number;
  readonly #died: Promise<never>;
  #usable = true;

  /**
   * @param url The worker's module, which exposes a {@linkcode DecodeServer}.
   * @param permissions What the worker may do.
   * @param timeLimit Seconds without a sign of life after which a call fails.
   */
  constructor(url: URL, permissions: Deno.PermissionOptionsObject, timeLimit: number) {
    this.#worker = new Worker(url, { type: "module", deno: { permissions } });
    this.#api = Comlink.wrap<DecodeServer>(this.#worker);
    this.#timeLimit = timeLimit;
    this.#died = new Promise((_, reject) => {
      this.#worker.addEventListener("error", (event) => {
        event.preventDefault();
        this.end();
        reject(new Error(event.message.split("\n")[0]));
      });
    });
    // Nobody may be waiting when it dies; the next call reports it.
    this.#died.catch(() => {});
  }

  /** Whether further calls can be made. */
  get usable(): boolean {
    return this.#usable;
  }

  /** Sends something to the worker before its first call. */
  post(message: unknown): void {
    this.#worker.postMessage(message);
  }

  /** Ends the worker at once, whatever it is doing. */
  end(): void {
    this.#usable = false;
    this.#worker.terminate();
  }

  /**
   * Calls the worker.
   *
   * @param path The file it is about, for errors.
   * @param run Makes the call; is given what the worker is to call as a sign of life.
   * @param signal Ends the worker and the call.
   * @throws {Error} What the call throws; or if the worker crashes or hangs, and is ended.
   */
  async call<T>(
    path: string,
    run: (api: Comlink.Remote<DecodeServer>, alive: () => void) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const { promise: given, reject: giveUp } = Promise.withResolvers<never>();
    const alive = () => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        this.end();
        giveUp(decodeFailure(
          path,
          `nothing came of it for ${this.#timeLimit} s, so its decoder was stopped; ` +
            "check the disk it is on, or leave it out",
        ));
      }, 1000 * this.#timeLimit);
    };
    const abort = () => {
      this.end();
      giveUp(signal!.reason);
    };
    const crash = this.#died.catch((error) => {
      throw decodeFailure(path, `its decoder crashed (${error.message}); leave it out`, error);
    });
    try {
      signal?.throwIfAborted();
      signal?.addEventListener("abort", abort);
      this.#alive = alive;
      alive();
      return await Promise.race([run(this.#api, this.#signOfLife), crash, given]);
    } finally {
      clearTimeout(timer);
      this.#alive = () => {};
      signal?.removeEventListener("abort", abort);
    }
  }

  /** What the call in hand does on a sign of life. */
  #alive = () => {};

  readonly #signOfLife = Comlink.proxy(() => this.#alive());
}
