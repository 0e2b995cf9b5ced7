/**
 * Principal component analysis by subspace iteration on the covariance: a few components of many
 * vectors, in memory for one matrix of D × D.
 *
 * @module
 */

/** Rows that the covariance is taken from, spread evenly over all. */
const SAMPLED = 4096;

/** A component settles by the ratio of its eigenvalue to the next each time. */
const ITERATIONS = 40;

/**
 * Projects rows onto their first principal components.
 *
 * @param rows [N, D].
 * @param count C, at most D.
 * @returns [N, C], centred; the same for the same rows, signs included.
 */
export function principalComponents(
  rows: Float32Array,
  dim: number,
  count: number,
): Float32Array {
  const total = rows.length / dim;
  const mean = new Float64Array(dim);
  for (let i = 0; i < rows.length; i++) mean[i % dim] += rows[i] / total;
  const basis = subspace(covariance(rows, dim, mean), dim, count);
  const projected = new Float32Array(total * count);
  for (let r = 0; r < total; r++) {
    for (let k = 0; k < count; k++) {
      let dot = 0;
      for (let c = 0; c < dim; c++) dot += (rows[r * dim + c] - mean[c]) * basis[k * dim + c];
      projected[r * count + k] = dot;
    }
  }
  return projected;
}

function covariance(rows: Float32Array, dim: number, mean: Float64Array): Float64Array {
  const total = rows.length / dim;
  const step = Math.max(1, total / SAMPLED);
  const matrix = new Float64Array(dim * dim);
  const row = new Float64Array(dim);
  for (let at = 0; at < total; at += step) {
    const start = Math.floor(at) * dim;
    for (let c = 0; c < dim; c++) row[c] = rows[start + c] - mean[c];
    for (let a = 0; a < dim; a++) {
      for (let b = 0; b < dim; b++) matrix[a * dim + b] += row[a] * row[b];
    }
  }
  return matrix;
}

/** The first eigenvectors of a symmetric matrix, largest first: [count, dim]. */
function subspace(matrix: Float64Array, dim: number, count: number): Float64Array {
  // Any start that no symmetry of the data can be square to.
  let basis = Float64Array.from({ length: count * dim }, (_, i) => Math.sin(1 + i * i));
  orthonormalise(basis, dim, count);
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    const next = new Float64Array(count * dim);
    for (let k = 0; k < count; k++) {
      for (let a = 0; a < dim; a++) {
        let dot = 0;
        for (let b = 0; b < dim; b++) dot += matrix[a * dim + b] * basis[k * dim + b];
        next[k * dim + a] = dot;
      }
    }
    orthonormalise(next, dim, count);
    basis = next;
  }
  return basis;
}

/** Gram–Schmidt; a vector that depends on those before it becomes zero. */
function orthonormalise(basis: Float64Array, dim: number, count: number): void {
  for (let k = 0; k < count; k++) {
    const vector = basis.subarray(k * dim, (k + 1) * dim);
    const before = Math.hypot(...vector);
    for (let j = 0; j < k; j++) {
      const other = basis.subarray(j * dim, (j + 1) * dim);
      let dot = 0;
      for (let c = 0; c < dim; c++) dot += vector[c] * other[c];
      for (let c = 0; c < dim; c++) vector[c] -= dot * other[c];
    }
    const length = Math.hypot(...vector);
    const scale = length > 1e-9 * before && before > 0 ? 1 / length : 0;
    for (let c = 0; c < dim; c++) vector[c] *= scale;
  }
}
