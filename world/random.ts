/**
 * Seeded random numbers: the same seed gives the same sequence on every machine.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { Random } from "./random.ts";
 *
 * strictEqual(new Random("a seed").below(1000), new Random("a seed").below(1000));
 * ```
 */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /** @param seed Any text; texts that differ a little give unrelated sequences. */
  constructor(seed: string) {
    // Three different hashes of the text fill the state of sfc32, whose first numbers are dropped
    // because they still show the seed.
    let [a, b, c] = [0x811c9dc5, 0x9e3779b9, 0x85ebca6b];
    for (let i = 0; i < seed.length; i++) {
      const code = seed.charCodeAt(i);
      a = Math.imul(a ^ code, 0x01000193);
      b = Math.imul(b ^ code, 0x5bd1e995) ^ (a >>> 13);
      c = Math.imul(c ^ code, 0x27d4eb2f) ^ (b >>> 15);
    }
    this.#a = a | 0;
    this.#b = b | 0;
    this.#c = c | 0;
    for (let i = 0; i < 16; i++) this.next();
  }

  /** A number in [0, 1). */
  next(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum | 0;
    return (sum >>> 0) / 4294967296;
  }

  /** A number in [low, high). */
  between(low: number, high: number): number {
    return low + (high - low) * this.next();
  }

  /** An integer in [0, count). */
  below(count: number): number {
    return Math.floor(this.next() * count);
  }

  /** True with the given probability. */
  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /**
   * One of the items.
   *
   * @throws {RangeError} If there are none.
   */
  pick<T>(items: readonly T[]): T {
    if (items.length === 0) throw new RangeError("Cannot pick an item: there are none");
    return items[this.below(items.length)];
  }

  /** The items in a random order, in a new array. */
  shuffle<T>(items: readonly T[]): T[] {
    const shuffled = [...items];
    for (let i = shuffled.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [shuffled[i], shuffled[j]] = [shuffled[j], shuffled[i]];
    }
    return shuffled;
  }
}
