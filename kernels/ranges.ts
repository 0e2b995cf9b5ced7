/**
 * The checks that both backends make before an operation.
 *
 * @module
 */
import {
  type Distances,
  MAX_DIM,
  MAX_NEIGHBOURS,
  MAX_PAIRS,
  MAX_ROWS,
  MAX_TOKENS,
  MAX_WORDS,
  type Rows,
} from "./backend.ts";

/** The number of rows that an uploaded array holds. */
export function rowsOf(values: { readonly length: number }, width: number): number {
  if (!Number.isInteger(width) || width < 1 || width > MAX_DIM) {
    throw new RangeError(
      `Cannot upload tokens: expected a width from 1 to ${MAX_DIM} but found ${width}`,
    );
  }
  if (values.length === 0 || values.length % width !== 0) {
    throw new RangeError(
      `Cannot upload tokens: expected whole rows of ${width} but found ${values.length} numbers`,
    );
  }
  return values.length / width;
}

/** Checks that the pairs of a batch fit. */
export function checkPairs({ counts }: Rows): void {
  const most = Math.max(0, ...counts);
  if (most > MAX_TOKENS) {
    throw new RangeError(
      `Cannot cluster a clip of ${most} tokens: expected at most ${MAX_TOKENS}`,
    );
  }
  const pairs = counts.reduce((sum, n) => sum + n * n, 0);
  if (pairs > MAX_PAIRS) {
    throw new RangeError(
      `Cannot measure ${pairs} distances in one batch: expected at most ${MAX_PAIRS}`,
    );
  }
}

/** Checks k. */
export function checkNeighbours(neighbours: number): void {
  if (!Number.isInteger(neighbours) || neighbours < 1 || neighbours > MAX_NEIGHBOURS) {
    throw new RangeError(
      `Cannot measure the density: expected 1 to ${MAX_NEIGHBOURS} neighbours but found ${neighbours}`,
    );
  }
}

/** Checks that as many rows are asked of each clip as it has, and at least one. */
export function checkTaken(
  { counts }: Rows | Distances,
  taken: readonly number[],
  what: string,
): void {
  if (taken.length !== counts.length) {
    throw new RangeError(
      `Cannot take ${what}: expected ${counts.length} clips but found ${taken.length}`,
    );
  }
  taken.forEach((m, b) => {
    if (!Number.isInteger(m) || m < 1 || m > counts[b]) {
      throw new RangeError(
        `Cannot take ${what}: expected 1 to ${counts[b]} of clip ${b} but found ${m}`,
      );
    }
  });
}

/** Checks that two tensors belong to the same clips, row for row. */
export function checkAligned(x: Rows | Distances, y: { readonly counts: readonly number[] }): void {
  if (x.counts.length !== y.counts.length || x.counts.some((n, b) => n !== y.counts[b])) {
    throw new RangeError(
      `Cannot combine tensors of different clips: expected rows ${x.counts} but found ${y.counts}`,
    );
  }
}

/** Checks that the rows of a batch fit. */
export function checkRows(counts: readonly number[]): void {
  const rows = counts.reduce((sum, n) => sum + n, 0);
  if (rows > MAX_ROWS) {
    throw new RangeError(
      `Cannot upload ${rows} rows in one batch: expected at most ${MAX_ROWS}`,
    );
  }
}

/** Checks the tokens of a text and their weights. */
export function checkText(text: Float32Array, weights: Float32Array, width: number): void {
  if (weights.length < 1 || weights.length > MAX_WORDS) {
    throw new RangeError(
      `Cannot compare a text: expected 1 to ${MAX_WORDS} tokens but found ${weights.length}`,
    );
  }
  if (text.length !== weights.length * width) {
    throw new RangeError(
      `Cannot compare a text: expected ${weights.length} tokens of ${width} but found ${text.length} numbers`,
    );
  }
}

/** Checks that the rows of a clip are few enough to be ranked. */
export function checkRanked({ counts }: Rows): void {
  const most = Math.max(0, ...counts);
  if (most > MAX_TOKENS) {
    throw new RangeError(`Cannot rank a clip of ${most} rows: expected at most ${MAX_TOKENS}`);
  }
}
