import type { Arrow } from "./arrow.ts";

/**
 * Reads a column of texts quickly: the texts of a batch are decoded at once and cut, where they
 * are ASCII, and one by one where they are not.
 *
 * @param batch The rows.
 * @param name The column.
 * @returns What gives the text of a row.
 */
export function textColumn(batch: Arrow.RecordBatch, name: string): (row: number) => string {
  const data = batch.getChild(name)!.data[0];
  const offsets = data.valueOffsets as Int32Array;
  const bytes = data.values as Uint8Array;
  const from = offsets[0], to = offsets[data.length];
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  const all = decoder.decode(bytes.subarray(from, to));
  return all.length === to - from
    ? (row) => all.slice(offsets[row] - from, offsets[row + 1] - from)
    : (row) => decoder.decode(bytes.subarray(offsets[row], offsets[row + 1]));
}
