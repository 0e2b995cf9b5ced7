import * as Comlink from "comlink";

/**
 * An object that lives in a worker. Calls are made through {@linkcode Remote.call}, which also
 * fails when the worker dies or is ended, so that no caller waits for an answer that cannot come.
 */
export class Remote<T> implements Disposable {
  readonly #worker: Worker;
  readonly #api: Comlink.Remote<T>;
  readonly #calls = new Set<(reason: Error) => void>();
  #end?: Error;

  /**
   * @param url The worker's module, which exposes a `T` with Comlink.
   * @param permissions What the worker may do; never more than its parent.
   */
  constructor(url: URL, permissions: Deno.PermissionOptionsObject) {
    this.#worker = new Worker(url, { type: "module", deno: { permissions } });
    this.#api = Comlink.wrap<T>(this.#worker);
    this.#worker.addEventListener("error", (event) => {
      event.preventDefault();
      this.#stop(new Error(event.message.split("\n")[0]));
    });
  }

  /** Whether further calls can be made. */
  get alive(): boolean {
    return this.#end === undefined;
  }

  /** Sends something to the worker before its first call. */
  post(message: unknown): void {
    this.#worker.postMessage(message);
  }

  /** Calls the object; rejects with the callee's error, or with what ended the worker. */
  call<R>(run: (api: Comlink.Remote<T>) => Promise<R>): Promise<R> {
    if (this.#end) return Promise.reject(this.#end);
    return new Promise((resolve, reject) => {
      this.#calls.add(reject);
      run(this.#api).then(resolve, reject).finally(() => this.#calls.delete(reject));
    });
  }

  /** Ends the worker at once, whatever it is doing. */
  [Symbol.dispose](): void {
    this.#stop(new Error("Cannot call a worker that was ended"));
  }

  #stop(reason: Error): void {
    this.#end ??= reason;
    this.#worker.terminate();
    for (const reject of this.#calls) reject(this.#end);
    this.#calls.clear();
  }
}
