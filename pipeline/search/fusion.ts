/** A constant of the method: how fast later ranks fade. Its authors' value. */
const FADE = 60;

/** Something that was ranked. */
export interface Ranked {
  readonly index: number;
}

/**
 * Joins two rankings of different kinds, whose scores do not compare, by reciprocal rank fusion: what
 * is at rank r of one counts 1 / (60 + r), and what is in both counts twice.
 *
 * G. V. Cormack, C. L. A. Clarke and S. Büttcher, Reciprocal rank fusion outperforms Condorcet and
 * individual rank learning methods, SIGIR 2009. Of the second ranking each rank counts by a weight of
 * its own, so that what fits half as well counts half as much.
 *
 * @example
 * ```ts
 * import { fuse } from "./fusion.ts";
 * import assert from "node:assert/strict";
 *
 * const pictures = [{ index: 7 }, { index: 3 }, { index: 5 }];
 * const speech = [{ index: 5, weight: 1 }, { index: 9, weight: 1 }, { index: 2, weight: 0.5 }];
 * assert.deepEqual(fuse(pictures, speech), [5, 7, 3, 9, 2]);
 * ```
 *
 * @param first A ranking, best first.
 * @param second Another one; weights are from 0 to 1.
 * @returns The indices of both, each once, best first; of equals, those of the first ranking first.
 */
export function fuse(
  first: readonly Ranked[],
  second: readonly (Ranked & { readonly weight: number })[],
): number[] {
  const scores = new Map<number, number>();
  first.forEach(({ index }, i) => scores.set(index, 1 / (FADE + i + 1)));
  second.forEach(({ index, weight }, i) => {
    scores.set(index, (scores.get(index) ?? 0) + weight / (FADE + i + 1));
  });
  return [...scores].sort(([, a], [, b]) => b - a).map(([index]) => index);
}
