/** The nearest rows, and how far away they are. */
export interface Nearest {
  readonly rows: readonly number[];
  readonly distances: readonly number[];
}

/**
 * The rows nearest to a vector, by comparing with all: O(N·D).
 *
 * @param vector [D].
 * @param rows [N, D].
 * @param count How many, at most N.
 * @returns Nearest first; of equally near ones the first.
 */
export function nearestRows(vector: Float32Array, rows: Float32Array, count: number): Nearest {
  const dim = vector.length;
  const found: number[] = [];
  const squares: number[] = [];
  for (let r = 0; r * dim < rows.length; r++) {
    const worst = found.length < count ? Infinity : squares[count - 1];
    let square = 0;
    for (let c = 0; c < dim; c++) square += (vector[c] - rows[r * dim + c]) ** 2;
    if (!(square < worst)) continue;
    let at = found.length;
    while (at > 0 && squares[at - 1] > square) at--;
    found.splice(at, 0, r);
    squares.splice(at, 0, square);
    if (found.length > count) {
      found.pop();
      squares.pop();
    }
  }
  return { rows: found, distances: squares.map(Math.sqrt) };
}
