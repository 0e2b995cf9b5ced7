/**
 * Pairwise distances from a Gram matrix: ‖x_i − x_j‖² = g_ii + g_jj − 2g_ij, the upper triangle in
 * blocks of rows by ONNX Runtime (N²D multiply-adds, a good half of them done), then one pass.
 *
 * The difference cancels: in float32 its error is about 5e-7 of a token's squared norm whatever
 * the distance, which between near-identical tokens is larger than the distance itself. So a
 * pair closer than {@linkcode DistanceMatrix.exactBelow} is measured directly in float64, and
 * whoever decides between two distances that lie within {@linkcode DistanceMatrix.slack} of each
 * other, or needs the digits of one below {@linkcode DistanceMatrix.roughBelow}, asks for them
 * directly, too. That is a pair or two a token.
 *
 * @module
 */
import type { Product } from "./products.ts";

/** Rows of the Gram matrix in one product: small enough to skip most of the lower triangle. */
const BLOCK = 256;
/** The largest error of g_ii + g_jj − 2g_ij relative to the largest squared norm, with a margin. */
const ERROR = 8e-6;
/** Pairs fewer errors apart than this are measured directly, all of them. */
const NEAR = 256;
/** Pairs this many errors apart have six digits of their distance. */
const FAR = 1 << 14;

/** Two tokens and their squared distance over D. */
interface Pair {
  readonly square: number;
  readonly i: number;
  readonly j: number;
}

/** The squared distances between the tokens of one clip, divided by D. */
export class DistanceMatrix {
  /** N, the number of tokens. */
  readonly size: number;
  /** [N, N], symmetric, 0 on the diagonal. */
  readonly squares: Float32Array;
  /** Two entries further apart than this are in the right order. */
  readonly slack: number;
  /** Entries below this are measured directly already. */
  readonly exactBelow: number;
  /** Entries above this are as good as measured directly. */
  readonly roughBelow: number;
  /** The largest entry, measured directly. */
  readonly largest: number;
  readonly #x: Float32Array;
  readonly #dim: number;

  private constructor(
    x: Float32Array,
    dim: number,
    squares: Float32Array,
    slack: number,
    farthest: Pair,
  ) {
    this.#x = x;
    this.#dim = dim;
    this.size = x.length / dim;
    this.squares = squares;
    this.slack = slack;
    this.exactBelow = NEAR * slack;
    this.roughBelow = FAR * slack;
    this.largest = this.exact(farthest.i, farthest.j);
  }

  /** Measures the tokens x [N, D]. */
  static async measure(x: Float32Array, dim: number, gram: Product): Promise<DistanceMatrix> {
    const n = x.length / dim;
    const norms = squaredNorms(x, dim);
    const slack = ERROR * norms.reduce((most, v) => Math.max(most, v), 0);
    const squares = new Float32Array(n * n);
    let farthest: Pair = { square: -1, i: 0, j: 0 };
    for (let start = 0; start < n; start += BLOCK) {
      const end = Math.min(start + BLOCK, n);
      const width = n - start;
      const products = await gram.run({
        rows: [x.subarray(start * dim, end * dim), end - start, dim],
        x: [x.subarray(start * dim), width, dim],
      });
      const pair = fillRows(squares, start, end, products, norms, NEAR * slack, x);
      if (pair.square > farthest.square) farthest = pair;
    }
    mirror(squares, n);
    return new DistanceMatrix(x, dim, squares, slack, farthest);
  }

  /** The squared distance of two tokens over D, from their difference in float64. */
  exact(i: number, j: number): number {
    return directSquare(this.#x, this.#dim, i, j);
  }
}

/** ‖x_i‖² / D of every token: [N]. */
function squaredNorms(x: Float32Array, dim: number): Float64Array {
  const norms = new Float64Array(x.length / dim);
  for (let i = 0, at = 0; i < norms.length; i++) {
    let sum = 0;
    for (const end = at + dim; at < end; at++) sum += x[at] * x[at];
    norms[i] = sum / dim;
  }
  return norms;
}

/**
 * Fills the rows from `start` to `end` of the upper triangle and returns their farthest pair.
 *
 * @param products The rows' inner products with the tokens from `start` on.
 * @param near Pairs nearer than this are measured directly.
 */
function fillRows(
  squares: Float32Array,
  start: number,
  end: number,
  products: Float32Array,
  norms: Float64Array,
  near: number,
  x: Float32Array,
): Pair {
  const n = norms.length, width = n - start, dim = x.length / n, scale = 2 / dim;
  let largest = -1, farI = 0, farJ = 0;
  for (let i = start; i < end; i++) {
    const norm = norms[i];
    const from = (i - start) * width - start;
    for (let j = i + 1; j < n; j++) {
      let square = norm + norms[j] - scale * products[from + j];
      if (square < near) square = directSquare(x, dim, i, j);
      if (square > largest) {
        largest = square;
        farI = i;
        farJ = j;
      }
      squares[i * n + j] = square;
    }
  }
  return { square: largest, i: farI, j: farJ };
}

function directSquare(x: Float32Array, dim: number, i: number, j: number): number {
  let a = i * dim, b = j * dim, sum0 = 0, sum1 = 0, sum2 = 0, sum3 = 0;
  const end = a + dim;
  // Four sums, so that one addition need not wait for the one before.
  for (const last = end - 3; a < last; a += 4, b += 4) {
    const d0 = x[a] - x[b], d1 = x[a + 1] - x[b + 1];
    const d2 = x[a + 2] - x[b + 2], d3 = x[a + 3] - x[b + 3];
    sum0 += d0 * d0;
    sum1 += d1 * d1;
    sum2 += d2 * d2;
    sum3 += d3 * d3;
  }
  for (; a < end; a++, b++) sum0 += (x[a] - x[b]) * (x[a] - x[b]);
  return (sum0 + sum1 + sum2 + sum3) / dim;
}

/** Copies the upper triangle to the lower one, a tile that fits the first cache at a time. */
function mirror(matrix: Float32Array, n: number): void {
  const tile = 32;
  for (let row = 0; row < n; row += tile) {
    const rowEnd = Math.min(row + tile, n);
    for (let column = row; column < n; column += tile) {
      const columnEnd = Math.min(column + tile, n);
      for (let i = row; i < rowEnd; i++) {
        for (let j = Math.max(column, i + 1); j < columnEnd; j++) {
          matrix[j * n + i] = matrix[i * n + j];
        }
      }
    }
  }
}
