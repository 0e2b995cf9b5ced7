/**
 * Dual softmax (CAMoE; UATVR's and T-MASS's code): S · softmax(S·T over the queries). A video that
 * many queries like counts less with each of them. It uses the other queries of the test set, which
 * a search has not got, so its figures are reported apart.
 *
 * @param values S, a row a query and a column a candidate: [Q, N].
 * @param temperature T: 100 for cosines.
 * @returns [Q, N]
 *
 * @example
 * ```ts
 * import { dualSoftmax } from "./dual_softmax.ts";
 * import assert from "node:assert/strict";
 *
 * const [a, b] = dualSoftmax(Float32Array.of(1, 1), 2, 1, 100);
 * assert.deepEqual([a, b], [0.5, 0.5]);
 * ```
 */
export function dualSoftmax(
  values: Float32Array,
  queries: number,
  candidates: number,
  temperature = 100,
): Float32Array {
  const highest = new Float64Array(candidates).fill(-Infinity);
  for (let i = 0; i < values.length; i++) {
    const candidate = i % candidates;
    if (values[i] > highest[candidate]) highest[candidate] = values[i];
  }
  const share = (i: number) => Math.exp(temperature * (values[i] - highest[i % candidates]));
  const sums = new Float64Array(candidates);
  for (let i = 0; i < queries * candidates; i++) sums[i % candidates] += share(i);
  return Float32Array.from(values, (value, i) => value * share(i) / sums[i % candidates]);
}
