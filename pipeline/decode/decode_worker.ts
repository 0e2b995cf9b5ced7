import * as Comlink from "comlink";
import { Remote } from "../remote.ts";
import { decodeFailure } from "./failure.ts";
import type { DecodeServer } from "./serve.ts";

/**
 * A worker that decodes, seen from outside: its calls end even where it does not answer, because it
 * crashed, or because nothing moved in it for too long.
 */
export class DecodeWorker {
  readonly #remote: Remote<DecodeServer>;
  readonly #timeLimit: number;

  /**
   * @param url The worker's module, which exposes a {@linkcode DecodeServer}.
   * @param permissions What the worker may do.
   * @param timeLimit Seconds without a sign of life after which a call fails.
   */
  constructor(url: URL, permissions: Deno.PermissionOptionsObject, timeLimit: number) {
    this.#remote = new Remote(url, permissions);
    this.#timeLimit = timeLimit;
  }

  /** Whether further calls can be made. */
  get usable(): boolean {
    return this.#remote.alive;
  }

  /** Sends something to the worker before its first call. */
  post(message: unknown): void {
    this.#remote.post(message);
  }

  /** Ends the worker at once, whatever it is doing. */
  end(): void {
    this.#remote[Symbol.dispose]();
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
    signal?.throwIfAborted();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let hung = false;
    const hang = () => {
      hung = true;
      this.end();
    };
    const end = () => this.end();
    this.#alive = () => {
      clearTimeout(timer);
      timer = setTimeout(hang, 1000 * this.#timeLimit);
    };
    this.#alive();
    signal?.addEventListener("abort", end);
    try {
      return await this.#remote.call((api) => run(api, this.#signOfLife));
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      if (hung) {
        throw decodeFailure(
          path,
          `nothing came of it for ${this.#timeLimit} s, so its decoder was stopped; ` +
            "check the disk it is on, or leave it out",
        );
      }
      if (this.usable) throw error;
      const { message } = error as Error;
      throw decodeFailure(path, `its decoder crashed (${message}); leave it out`, error);
    } finally {
      clearTimeout(timer);
      this.#alive = () => {};
      signal?.removeEventListener("abort", end);
    }
  }

  /** What the call in hand does on a sign of life. */
  #alive = () => {};

  readonly #signOfLife = Comlink.proxy(() => this.#alive());
}
