/**
 * The area under the receiver operating characteristic: how likely a positive scores above a
 * negative, ties half (Hanley and McNeil, Radiology 1982).
 *
 * @example
 * ```ts
 * import { rocAuc } from "./roc_auc.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(rocAuc([3, 4], [1, 2]), 1);
 * assert.equal(rocAuc([1, 3], [2]), 0.5);
 * assert.equal(rocAuc([2], [2]), 0.5);
 * ```
 *
 * @param positives Scores of what should be high; at least one.
 * @param negatives Scores of what should be low; at least one.
 * @returns 0 to 1; 0.5 is chance.
 */
export function rocAuc(positives: readonly number[], negatives: readonly number[]): number {
  let above = 0;
  for (const positive of positives) {
    for (const negative of negatives) {
      above += positive > negative ? 1 : positive === negative ? 0.5 : 0;
    }
  }
  return above / (positives.length * negatives.length);
}
