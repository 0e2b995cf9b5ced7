/**
 * Telling a good match from the least bad one. Its score does not say it by itself: what a model
 * gives a perfect match differs from model to model and from index to index. So texts that have
 * nothing to do with the index are asked, and what they find says what chance finds in it.
 *
 * @module
 */

/** How what a text finds compares with chance. */
export interface Match {
  /** The share of unrelated texts that find nothing as good: 0 to 1. */
  readonly confidence: number;
  /** Whether one unrelated text in twenty, or fewer, finds anything as good. */
  readonly good: boolean;
}

/** The rate at which an unrelated text may pass for a good match. */
const FALSE_ALARMS = 0.05;

/**
 * What chance finds in an index.
 *
 * The largest of many scores of one text follows a Gumbel distribution (Fisher and Tippett 1928), with
 * distribution function exp(−exp(−(x − μ) / β)). Some background texts do happen in the index, and
 * they raise the upper end of what they find; so μ and β are read off the lower half alone, as in an
 * empirical null (Efron, JASA 2004).
 *
 * @example
 * ```ts
 * import { Calibration } from "./calibration.ts";
 * import assert from "node:assert/strict";
 *
 * const chance = Array.from({ length: 99 }, (_, i) => 0.2 - 0.01 * Math.log(-Math.log((i + 1) / 100)));
 * const calibration = Calibration.of(chance);
 * assert.equal(calibration.match(0.21).good, false);
 * assert.equal(calibration.match(0.24).good, true);
 * ```
 */
export class Calibration {
  readonly #location: number;
  readonly #scale: number;

  private constructor(location: number, scale: number) {
    this.#location = location;
    this.#scale = scale;
  }

  /**
   * Reads the distribution off a sample.
   *
   * @param scores The best score of each background text, or the cosine of the frame nearest to it;
   * at least one.
   */
  static of(scores: ArrayLike<number>): Calibration {
    const sorted = Float64Array.from(scores).sort();
    const low = quantile(sorted, 0.1), middle = quantile(sorted, 0.5);
    // x_p = μ − β ln(−ln p)
    const reduced = (p: number) => -Math.log(-Math.log(p));
    const scale = (middle - low) / (reduced(0.5) - reduced(0.1)); // β
    return new Calibration(middle - scale * reduced(0.5), scale);
  }

  /** What a text has to find for its match to be good. */
  get leastGood(): number {
    return this.#location - this.#scale * Math.log(-Math.log(1 - FALSE_ALARMS));
  }

  /** Compares what a text finds with chance. */
  match(score: number): Match {
    const above = score - this.#location;
    // Where all texts find the same, whatever lies above it is no chance.
    const confidence = this.#scale > 0
      ? Math.exp(-Math.exp(-above / this.#scale))
      : above > 0
      ? 1
      : 0;
    return { confidence, good: confidence >= 1 - FALSE_ALARMS };
  }
}

/** The value below which a share of a sorted sample lies, interpolated. */
function quantile(sorted: Float64Array, share: number): number {
  const at = share * (sorted.length - 1);
  const below = Math.floor(at), above = Math.ceil(at);
  return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
}
