/**
 * The mean of each cluster's tokens, weighted by w = exp(importance): ŵ = w / (Σ w + 1e-6), then
 * Σ ŵ·x. One pass over the tokens.
 *
 * @module
 */

/** x [N, D] → [count, D]. */
export function merge(
  x: Float32Array,
  dim: number,
  labels: Uint32Array,
  count: number,
  importance?: Float32Array,
): Float32Array {
  const weights = new Float32Array(labels.length).fill(1);
  if (importance) { for (let i = 0; i < weights.length; i++) weights[i] = Math.exp(importance[i]); }
  const totals = new Float64Array(count).fill(1e-6);
  for (let i = 0; i < labels.length; i++) totals[labels[i]] += weights[i];
  const merged = new Float32Array(count * dim);
  for (let i = 0; i < labels.length; i++) {
    const share = weights[i] / totals[labels[i]];
    const to = merged.subarray(labels[i] * dim, (labels[i] + 1) * dim);
    const from = x.subarray(i * dim, (i + 1) * dim);
    for (let c = 0; c < dim; c++) to[c] += share * from[c];
  }
  return merged;
}
