/**
 * Swaps rows and columns.
 *
 * @param values [rows, columns]
 * @returns [columns, rows]
 */
export function transposed(values: Float32Array, rows: number, columns: number): Float32Array {
  const swapped = new Float32Array(values.length);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) swapped[c * rows + r] = values[r * columns + c];
  }
  return swapped;
}
