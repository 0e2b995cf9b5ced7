/**
 * In which order videos are learned from: every pass each once, in a new order.
 *
 * @module
 */
import { Random } from "../world/random.ts";

/** Deals the numbers of videos into batches; a batch depends on its number alone. */
export class PairOrder {
  readonly #videos: number;
  readonly #size: number;
  readonly #seed: string;
  #pass = -1;
  #order: readonly number[] = [];

  /**
   * @param videos How many there are.
   * @param size B
   * @throws {RangeError} If a batch is larger than what there is.
   */
  constructor(videos: number, size: number, seed: string) {
    if (size > videos) {
      throw new RangeError(
        `Cannot make batches of ${size}: the training split has ${videos} videos`,
      );
    }
    this.#videos = videos;
    this.#size = size;
    this.#seed = seed;
  }

  /** Whole batches in a pass. */
  get perPass(): number {
    return Math.floor(this.#videos / this.#size);
  }

  /** The videos of a batch, counted from 0 over all passes. */
  batch(number: number): number[] {
    const pass = Math.floor(number / this.perPass);
    if (pass !== this.#pass) {
      const videos = Array.from({ length: this.#videos }, (_, i) => i);
      this.#order = new Random(`${this.#seed}/epoch ${pass}`).shuffle(videos);
      this.#pass = pass;
    }
    const first = (number % this.perPass) * this.#size;
    return this.#order.slice(first, first + this.#size);
  }
}
