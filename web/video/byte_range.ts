/** A part of a file: from its first to its last byte, both included. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/**
 * Reads the header `Range` (RFC 9110, section 14).
 *
 * @param header The header, if there is one.
 * @param size The size of the file in bytes.
 * @returns The range; null where all is to be sent, because there is no header, or one that may be
 * passed over: another unit, several ranges, or no range at all; "unsatisfiable" where nothing of
 * the file lies in it.
 *
 * @example
 * ```ts
 * import { parseRange } from "./byte_range.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(parseRange("bytes=10-", 100), { first: 10, last: 99 });
 * assert.deepEqual(parseRange("bytes=-10", 100), { first: 90, last: 99 });
 * assert.deepEqual(parseRange("bytes=0-999", 100), { first: 0, last: 99 });
 * assert.equal(parseRange("bytes=100-", 100), "unsatisfiable");
 * assert.equal(parseRange("bytes=5-2", 100), null);
 * ```
 */
export function parseRange(
  header: string | null,
  size: number,
): ByteRange | null | "unsatisfiable" {
  const match = /^bytes=\s*(\d{0,15})-(\d{0,15})\s*$/i.exec(header ?? "");
  if (!match) return null;
  const [, from, to] = match;
  if (from === "") {
    if (to === "") return null;
    const length = Number(to);
    return length === 0 || size === 0
      ? "unsatisfiable"
      : { first: Math.max(0, size - length), last: size - 1 };
  }
  const first = Number(from);
  if (to !== "" && Number(to) < first) return null;
  if (first >= size) return "unsatisfiable";
  return { first, last: to === "" ? size - 1 : Math.min(Number(to), size - 1) };
}
