/** A message in Comlink's form whose argument is of a kind that there is not. */
const DEADLY = { id: "deadly", type: "APPLY", path: [], argumentList: [{ type: "HANDLER" }] };

/**
 * Ends real workers of this process from outside, as a fault in them would: a message that they
 * cannot read throws where nothing catches it. Watches the workers that are started from now on.
 */
export class WorkerCrashes implements Disposable {
  readonly #worker = globalThis.Worker;
  readonly #started: Worker[] = [];
  #isDeadly = false;

  /** @param url Which workers. */
  constructor(url: RegExp) {
    const onStart = (worker: Worker) => {
      this.#started.push(worker);
      if (this.#isDeadly) worker.postMessage(DEADLY);
    };
    globalThis.Worker = class extends this.#worker {
      constructor(specifier: string | URL, options?: WorkerOptions) {
        super(specifier, options);
        if (url.test(String(specifier))) onStart(this);
      }
    };
  }

  /** Ends the worker that was started last, or also those that are started until it stops. */
  crash({ andThoseToCome = false } = {}): void {
    this.#isDeadly = andThoseToCome;
    this.#started.at(-1)!.postMessage(DEADLY);
  }

  /** Lets workers live that are started from now on. */
  stop(): void {
    this.#isDeadly = false;
  }

  [Symbol.dispose](): void {
    globalThis.Worker = this.#worker;
  }
}
