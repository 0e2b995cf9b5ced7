/**
 * Separation δ_i: the distance to the nearest token of strictly higher density, or the largest
 * distance of the clip where there is none (eq. 6). Tokens are visited in falling density, so that
 * a row is searched only where it counts: half the matrix, without a branch on the density.
 *
 * @module
 */
import type { DistanceMatrix } from "./distances.ts";

/** The separation of every token, [N]. */
export function separation(matrix: DistanceMatrix, density: Float32Array): Float32Array {
  const { size: n, squares, slack, exactBelow, roughBelow } = matrix;
  const order = Uint32Array.from(density.keys()).sort((a, b) => density[b] - density[a]);
  const delta = new Float32Array(n);
  let higher = 0; // tokens of strictly higher density than the one in hand
  for (let rank = 0; rank < n; rank++) {
    const i = order[rank];
    if (rank > 0 && density[i] < density[order[rank - 1]]) higher = rank;
    if (higher === 0) {
      delta[i] = Math.sqrt(matrix.largest);
      continue;
    }
    const row = i * n;
    let least = Infinity;
    for (let h = 0; h < higher; h++) {
      const square = squares[row + order[h]];
      if (square < least) least = square;
    }
    if (least >= exactBelow && least < roughBelow) {
      const limit = least + 2 * slack;
      let measured = Infinity;
      for (let h = 0; h < higher; h++) {
        if (squares[row + order[h]] <= limit) {
          measured = Math.min(measured, matrix.exact(i, order[h]));
        }
      }
      least = measured;
    }
    delta[i] = Math.sqrt(least);
  }
  return delta;
}
