/**
 * How often the right one of a batch is found first.
 *
 * @module
 */

/**
 * Recall at 1 of texts that are each to find the picture of their own number, by cosine.
 *
 * @param texts [N, D], not normalised.
 * @param pictures [N, D], not normalised.
 * @returns In percent; a tie with another counts as not found.
 *
 * @example
 * ```ts
 * import { recallAtOne } from "./recall.ts";
 * import assert from "node:assert/strict";
 *
 * const pictures = Float32Array.of(1, 0, 0, 1);
 * assert.equal(recallAtOne(Float32Array.of(3, 1, 1, 0), pictures, 2), 50);
 * ```
 */
export function recallAtOne(texts: Float32Array, pictures: Float32Array, dim: number): number {
  const count = texts.length / dim;
  const lengths = Float32Array.from({ length: count }, (_, i) => {
    let sum = 0;
    for (let c = 0; c < dim; c++) sum += pictures[i * dim + c] ** 2;
    return Math.sqrt(sum) || 1;
  });
  const cosine = (t: number, p: number) => {
    let dot = 0;
    for (let c = 0; c < dim; c++) dot += texts[t * dim + c] * pictures[p * dim + c];
    return dot / lengths[p]; // the text's own length changes no rank
  };
  let found = 0;
  for (let i = 0; i < count; i++) {
    const own = cosine(i, i);
    let first = true;
    for (let p = 0; p < count && first; p++) first = p === i || cosine(i, p) < own;
    if (first) found++;
  }
  return 100 * found / count;
}
