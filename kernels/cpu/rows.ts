/**
 * Operations on single rows: unit vectors, cosines, the best rows, and sums.
 *
 * @module
 */

/** Every row of x [N, D] divided by its L2 norm; a row of zeros stays. */
export function unit(x: Float32Array, dim: number): Float32Array {
  const out = new Float32Array(x.length);
  for (let start = 0; start < x.length; start += dim) {
    let square = 0;
    for (let i = start; i < start + dim; i++) square += x[i] * x[i];
    const scale = square > 0 ? 1 / Math.sqrt(square) : 0;
    for (let i = start; i < start + dim; i++) out[i] = x[i] * scale;
  }
  return out;
}

/** The cosine of `query` [D] with every row of x [N, D]: [N]. */
export function cosine(query: Float32Array, x: Float32Array): Float32Array {
  const dim = query.length;
  const norm = Math.sqrt(query.reduce((sum, v) => sum + v * v, 0));
  return Float32Array.from({ length: x.length / dim }, (_, row) => {
    let dot = 0, square = 0;
    for (let c = 0, at = row * dim; c < dim; c++, at++) {
      dot += query[c] * x[at];
      square += x[at] * x[at];
    }
    return square > 0 && norm > 0 ? dot / (norm * Math.sqrt(square)) : 0;
  });
}

/** The indices of the `keep` highest scores, ascending; ties by lowest index. */
export function top(scores: Float32Array, keep: number): Uint32Array {
  // The sort is stable: equal scores stay in order of index.
  const order = Uint32Array.from(scores.keys()).sort((a, b) => scores[b] - scores[a]);
  return order.slice(0, keep).sort();
}

/** Σ θ_i x_i over the rows of x [N, D]: [D]. */
export function pool(x: Float32Array, weights: Float32Array): Float32Array {
  const dim = x.length / weights.length;
  const out = new Float32Array(dim);
  weights.forEach((weight, row) => {
    for (let c = 0, at = row * dim; c < dim; c++, at++) out[c] += weight * x[at];
  });
  return out;
}
