/**
 * Local density ρ_i = exp(−mean of the k smallest squared distances of token i), itself included.
 * Two scans of each row: the first finds the k-th smallest entry, the second measures directly
 * what lies at most the slack above it. O(N²) time, O(k) memory.
 *
 * @module
 */
import type { DistanceMatrix } from "./distances.ts";

/** The density of every token, [N]. */
export function density(matrix: DistanceMatrix, neighbours: number): Float32Array {
  const { size: n, squares, slack, exactBelow } = matrix;
  const k = Math.min(neighbours, n);
  const rho = new Float32Array(n);
  const smallest = new Float64Array(k); // ascending
  for (let i = 0; i < n; i++) {
    const row = i * n;
    smallest.fill(Infinity);
    for (let j = 0; j < n; j++) {
      const square = squares[row + j];
      if (square < smallest[k - 1]) insert(smallest, square);
    }
    const limit = smallest[k - 1] + 2 * slack;
    smallest.fill(Infinity);
    for (let j = 0; j < n; j++) {
      const square = squares[row + j];
      if (square > limit) continue;
      const exact = square < exactBelow ? square : matrix.exact(i, j);
      if (exact < smallest[k - 1]) insert(smallest, exact);
    }
    let sum = 0;
    for (let j = 0; j < k; j++) sum += smallest[j];
    rho[i] = Math.exp(-sum / k);
  }
  return rho;
}

function insert(ascending: Float64Array, value: number): void {
  let at = ascending.length - 1;
  for (; at > 0 && ascending[at - 1] > value; at--) ascending[at] = ascending[at - 1];
  ascending[at] = value;
}
