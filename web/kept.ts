/** What a {@linkcode Kept} keeps. */
export interface KeptOptions {
  readonly entries: number;
  /** Seconds after which an entry is forgotten. */
  readonly seconds?: number;
}

/**
 * Keeps what was used last, up to a number of entries.
 *
 * @example
 * ```ts
 * import { Kept } from "./kept.ts";
 * import assert from "node:assert/strict";
 *
 * const kept = new Kept<number>({ entries: 2 });
 * kept.set("a", 1);
 * kept.set("b", 2);
 * kept.get("a");
 * kept.set("c", 3);
 * assert.deepEqual([kept.get("a"), kept.get("b"), kept.get("c")], [1, undefined, 3]);
 * ```
 */
export class Kept<T> {
  readonly #options: KeptOptions;
  readonly #entries = new Map<string, { readonly value: T; readonly until: number }>();

  constructor(options: KeptOptions) {
    this.#options = options;
  }

  get(key: string): T | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    this.#entries.delete(key);
    if (performance.now() > entry.until) return undefined;
    this.#entries.set(key, entry);
    return entry.value;
  }

  set(key: string, value: T): void {
    const { entries, seconds = Infinity } = this.#options;
    this.#entries.delete(key);
    this.#entries.set(key, { value, until: performance.now() + 1000 * seconds });
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= entries) break;
      this.#entries.delete(oldest);
    }
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  clear(): void {
    this.#entries.clear();
  }
}
