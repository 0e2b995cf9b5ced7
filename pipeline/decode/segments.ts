import type { DecodeRequest, Span } from "./video.ts";

/** Videos up to this many seconds are one clip. */
export const WHOLE_UP_TO = 60;

/**
 * Makes clips that meet at the given cuts and cover the whole video.
 *
 * @param cuts Seconds, ascending, within the video.
 * @param end Where the video ends, in seconds.
 *
 * @example
 * ```ts
 * import { spansBetween } from "./segments.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(spansBetween([20], 35), [{ start: 0, end: 20 }, { start: 20, end: 35 }]);
 * ```
 */
export function spansBetween(cuts: readonly number[], end: number): Span[] {
  const edges = [0, ...cuts, end];
  return edges.slice(1).map((edge, i) => ({ start: edges[i], end: edge }));
}

/**
 * Cuts every so many seconds. A last piece of less than a tenth of that stays with the one before.
 *
 * @param seconds Length of a piece; must be greater than 0.
 * @param end Where the video ends, in seconds.
 * @returns Where clips meet, in seconds.
 * @throws {RangeError} If the length is not greater than 0.
 *
 * @example
 * ```ts
 * import { fixedCuts } from "./segments.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(fixedCuts(10, 25), [10, 20]);
 * assert.deepEqual(fixedCuts(10, 20.5), [10]);
 * ```
 */
export function fixedCuts(seconds: number, end: number): number[] {
  if (!(seconds > 0)) {
    throw new RangeError(`Expected seconds to be greater than 0 but found ${seconds}`);
  }
  const pieces = Math.max(1, Math.ceil(end / seconds - 0.1));
  return Array.from({ length: pieces - 1 }, (_, i) => (i + 1) * seconds);
}

/** Whether a video has to be looked into to know where it is cut. */
export function needsShots(segment: DecodeRequest["segment"], end: number): boolean {
  return segment === "auto" && end > WHOLE_UP_TO;
}
