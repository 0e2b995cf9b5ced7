/**
 * Local density ρ_i = exp(−mean of the k smallest squared distances of token i), itself included.
 * One scan of each row: O(N²) time, O(k) memory. An error of the mean is a relative error of ρ, so
 * entries within the slack of each other need no second look here.
 *
 * @module
 */
import type { DistanceMatrix } from "./distances.ts";

/** The density of every token, [N]. */
export function density({ size: n, squares }: DistanceMatrix, neighbours: number): Float32Array {
  const k = Math.min(neighbours, n);
  const rho = new Float32Array(n);
  const smallest = new Float64Array(k); // ascending
  for (let i = 0; i < n; i++) {
    smallest.fill(Infinity);
    let largest = Infinity;
    for (let at = i * n; at < (i + 1) * n; at++) {
      const square = squares[at];
      if (square < largest) largest = insert(smallest, square);
    }
    let sum = 0;
    for (let j = 0; j < k; j++) sum += smallest[j];
    rho[i] = Math.exp(-sum / k);
  }
  return rho;
}

/** Puts a value into its place, drops the largest, and returns what is the largest then. */
function insert(ascending: Float64Array, value: number): number {
  let at = ascending.length - 1;
  for (; at > 0 && ascending[at - 1] > value; at--) ascending[at] = ascending[at - 1];
  ascending[at] = value;
  return ascending[ascending.length - 1];
}
