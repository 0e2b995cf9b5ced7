import * as Comlink from "comlink";

/**
 * An object that lives in a worker. Calls are made through {@linkcode Remote.call}, which also
 * fails when the worker itself dies, so that no caller waits for an answer that cannot come.
 */
export class Remote<T> implements Disposable {
  readonly #worker: Worker;
  readonly #api: Comlink.Remote<T>;
  readonly #died: Promise<never>;

  /**
   * @param url The worker's module, which exposes a `T` with Comlink.
   * @param permissions What the worker may do; never more than its parent.
   */
  constructor(url: URL, permissions: Deno.PermissionOptions) {
    this.#worker = new Worker(url, { type: "module", deno: { permissions } });
    this.#api = Comlink.wrap<T>(this.#worker);
    this.#died = new Promise((_, reject) => {
      this.#worker.addEventListener("error", (event) => {
        event.preventDefault();
        reject(new Error(event.message));
      });
    });
    // Nobody may be waiting when the worker dies; the next call reports it.
    this.#died.catch(() => {});
  }

  /** Calls the object; rejects with the callee's error, or with the error the worker died of. */
  call<R>(run: (api: Comlink.Remote<T>) => Promise<R>): Promise<R> {
    return Promise.race([run(this.#api), this.#died]);
  }

  [Symbol.dispose](): void {
    this.#worker.terminate();
  }
}
