/**
 * Telling near-identical clips: copies of a film, re-encoded, scaled or cut a little otherwise.
 *
 * How near frames are that have nothing to do with each other differs from model to model, so the
 * threshold is relative: two clips are near-identical when the mean distance of their frames, taken
 * in order, is at most 15 % of the mean distance of clips of the index. Distance is 1 − cosine.
 *
 * @module
 */
import type { ClipFrames } from "../../store/clip_vectors.ts";

/**
 * ρ: the share of the mean distance within which clips are near-identical. Measured on eight films of
 * the web and copies of them at half the size and a CRF of 34, with towers of random weights. With
 * ViT-B/32 copies stay within 0.014, and different films begin at 1.03. With a tower that sees 32
 * pixels a side, 87 % of the copies of whole films stay within 0.15, as do 0.6 % of 155 pairs of
 * pieces of 3 s of one film, and none of 946 pairs of different films: they begin at 0.53. With the
 * trained tower of `mini`, none of 179,550 pairs of different generated videos is within 0.15, they
 * begin at 0.74, and 89 of 150 twins are, which differ in what one of their things is, does or looks
 * like.
 */
const SHARE = 0.15;

/** Mean cosines above this say that an index has too few clips, or too alike, to measure it. */
const MOST_ALIKE = 0.9;

/** Seconds, and share of the length, by which lengths may differ. */
const LENGTH_SLACK = 0.5;
const LENGTH_SHARE = 0.05;

/**
 * The mean cosine of two different clips.
 *
 * @param vectors One vector a clip, of any length: [N, D].
 */
export function meanCosine(vectors: Float32Array, dim: number): number {
  const count = vectors.length / dim;
  if (count < 2) return MOST_ALIKE;
  const sum = new Float64Array(dim);
  for (let i = 0; i < count; i++) {
    const row = vectors.subarray(i * dim, (i + 1) * dim);
    const norm = normOf(row);
    for (let c = 0; c < dim; c++) sum[c] += row[c] / norm;
  }
  // ‖Σ v̂‖² = N + Σ over ordered pairs of their cosines
  const squared = sum.reduce((total, value) => total + value * value, 0);
  return (squared - count) / (count * (count - 1));
}

/**
 * The cosine from which on clips are near-identical, from the mean cosine of an index.
 *
 * @example
 * ```ts
 * import { leastCosine } from "./near_identical.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(leastCosine(0.5), 0.925);
 * ```
 */
export function leastCosine(mean: number): number {
  return 1 - SHARE * (1 - Math.min(mean, MOST_ALIKE));
}

/** Whether two clips are of about the same length, in seconds. */
export function similarLength(a: number, b: number): boolean {
  return Math.abs(a - b) <= Math.max(LENGTH_SLACK, LENGTH_SHARE * Math.max(a, b));
}

/**
 * The mean cosine of the frames of two clips, in order. Where one has fewer, each is compared with
 * the one at the same part of the other.
 */
export function frameCosine(a: ClipFrames, b: ClipFrames): number {
  const dim = a.framesPooled.length;
  const [few, many] = a.times.length <= b.times.length ? [a, b] : [b, a];
  const [n, m] = [few.times.length, many.times.length];
  let total = 0;
  for (let i = 0; i < n; i++) {
    const j = n === 1 ? m >> 1 : Math.round(i * (m - 1) / (n - 1));
    total += cosine(
      few.frames.subarray(i * dim, (i + 1) * dim),
      many.frames.subarray(j * dim, (j + 1) * dim),
    );
  }
  return total / n;
}

type Vector = Float16Array | Float32Array;

function cosine(a: Vector, b: Vector): number {
  let product = 0;
  for (let c = 0; c < a.length; c++) product += a[c] * b[c];
  return product / (normOf(a) * normOf(b));
}

function normOf(vector: Vector): number {
  let squared = 0;
  for (let c = 0; c < vector.length; c++) squared += vector[c] * vector[c];
  return Math.sqrt(squared);
}
