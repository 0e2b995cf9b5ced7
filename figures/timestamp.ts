/**
 * A time of a video, to a tenth of a second.
 *
 * @param seconds 0 or more.
 *
 * @example
 * ```ts
 * import { timestamp } from "./timestamp.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(timestamp(62.44), "1:02.4");
 * assert.equal(timestamp(59.96), "1:00.0");
 * assert.equal(timestamp(3600), "1:00:00.0");
 * ```
 */
export function timestamp(seconds: number): string {
  const tenths = Math.round(Math.max(0, seconds) * 10);
  const minutes = Math.floor(tenths / 600);
  const rest = `${String(Math.floor(tenths % 600 / 10)).padStart(2, "0")}.${tenths % 10}`;
  return minutes < 60
    ? `${minutes}:${rest}`
    : `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${rest}`;
}
