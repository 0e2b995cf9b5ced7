/**
 * Seconds as h:mm:ss.s, the hours only where there are any.
 *
 * @example
 * ```ts
 * import { clock } from "./clock.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(clock(62.25), "1:02.3");
 * assert.equal(clock(3605), "1:00:05.0");
 * ```
 */
export function clock(seconds: number): string {
  const tenths = Math.round(seconds * 10);
  const hours = Math.floor(tenths / 36_000);
  const minutes = Math.floor(tenths / 600) % 60;
  const rest = ((tenths % 600) / 10).toFixed(1).padStart(4, "0");
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}
