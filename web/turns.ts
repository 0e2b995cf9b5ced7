import { Problem } from "./problem.ts";

/** How many may do something at a time, and how many may wait for it. */
export interface TurnsOptions {
  readonly running: number;
  readonly waiting: number;
  /** Seconds that anyone waits at most. */
  readonly patience: number;
}

interface Waiting {
  readonly begin: () => void;
}

/**
 * Lets so many through at a time, first come, first served, and turns away who would have to wait
 * behind too many or for too long, so that a flood of requests costs neither memory nor time.
 *
 * @example
 * ```ts
 * import { Turns } from "./turns.ts";
 * import assert from "node:assert/strict";
 *
 * const turns = new Turns({ running: 1, waiting: 1, patience: 30 });
 * const { promise, resolve } = Promise.withResolvers<void>();
 * const first = turns.run(() => promise);
 * const second = turns.run(() => Promise.resolve(2));
 * await assert.rejects(turns.run(() => Promise.resolve(3)), /too many/);
 * resolve();
 * await first;
 * assert.equal(await second, 2);
 * ```
 */
export class Turns {
  readonly #options: TurnsOptions;
  readonly #waiting = new Set<Waiting>();
  #running = 0;

  constructor(options: TurnsOptions) {
    this.#options = options;
  }

  /** How many are at it, and how many wait. */
  get counts(): { running: number; waiting: number } {
    return { running: this.#running, waiting: this.#waiting.size };
  }

  /**
   * Does something when its turn has come.
   *
   * @param signal Gives up the wait.
   * @throws {Problem} If too many wait, or it would take too long.
   */
  async run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    await this.#turn(signal);
    try {
      return await work();
    } finally {
      this.#running--;
      const [next] = this.#waiting;
      next?.begin();
    }
  }

  async #turn(signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    const { running, waiting, patience } = this.#options;
    if (this.#running < running) {
      this.#running++;
      return;
    }
    if (this.#waiting.size >= waiting) {
      throw new Problem("busy", "Cannot answer: too many requests wait already; try again later");
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const place = {
      begin: () => {
        this.#waiting.delete(place);
        this.#running++;
        resolve();
      },
    };
    const leave = (reason: unknown) => {
      this.#waiting.delete(place);
      reject(reason);
    };
    const give = () => leave(signal!.reason);
    const timer = setTimeout(() => {
      leave(new Problem("busy", "Cannot answer: its turn did not come in time; try again later"));
    }, 1000 * patience);
    this.#waiting.add(place);
    signal?.addEventListener("abort", give);
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", give);
    }
  }
}
