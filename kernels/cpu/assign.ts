/**
 * Every token joins its nearest centre, ties by lowest rank; a centre is its own. One pass over
 * the centres' rows of the distance matrix: O(MN) time, O(N) memory.
 *
 * @module
 */
import type { DistanceMatrix } from "./distances.ts";

/** The rank of each token's centre, [N]. */
export function assign(matrix: DistanceMatrix, centres: Uint32Array): Uint32Array {
  const { size: n, squares, slack, exactBelow } = matrix;
  const labels = new Uint32Array(n);
  const best = new Float32Array(n).fill(Infinity);
  const second = new Float32Array(n).fill(Infinity);
  for (let rank = 0; rank < centres.length; rank++) {
    const row = centres[rank] * n;
    for (let j = 0; j < n; j++) {
      const square = squares[row + j];
      if (square < second[j]) {
        if (square < best[j]) {
          second[j] = best[j];
          best[j] = square;
          labels[j] = rank;
        } else {
          second[j] = square;
        }
      }
    }
  }
  for (let j = 0; j < n; j++) {
    const limit = best[j] + 2 * slack;
    if (second[j] > limit || second[j] < exactBelow) continue;
    let least = Infinity;
    for (let rank = 0; rank < centres.length; rank++) {
      if (squares[centres[rank] * n + j] > limit) continue;
      const exact = matrix.exact(centres[rank], j);
      if (exact < least) {
        least = exact;
        labels[j] = rank;
      }
    }
  }
  for (let rank = 0; rank < centres.length; rank++) labels[centres[rank]] = rank;
  return labels;
}
