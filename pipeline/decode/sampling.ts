/**
 * Which frames of a clip are encoded: `count` real frames spread uniformly over it, none twice.
 *
 * @module
 */

/**
 * Positions of `count` frames spread over `total` from the first to the last, as CLIP4Clip takes
 * them: `trunc(linspace(0, total − 1, count))`. All of them where there are fewer.
 *
 * @param total Frames there are; must be an integer, 0 or more.
 * @param count Frames wanted; must be a positive integer.
 * @returns Ascending, no two alike.
 * @throws {RangeError} If either is no such number.
 *
 * @example
 * ```ts
 * import { uniformPositions } from "./sampling.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(uniformPositions(17, 4), [0, 5, 10, 16]);
 * assert.deepEqual(uniformPositions(3, 12), [0, 1, 2]);
 * ```
 */
export function uniformPositions(total: number, count: number): number[] {
  if (!Number.isInteger(total) || total < 0) {
    throw new RangeError(`Expected total to be an integer of 0 or more but found ${total}`);
  }
  if (!Number.isInteger(count) || count < 1) {
    throw new RangeError(`Expected count to be an integer greater than 0 but found ${count}`);
  }
  if (total <= count) return Array.from({ length: total }, (_, i) => i);
  if (count === 1) return [0];
  return Array.from({ length: count }, (_, i) => Math.trunc(i * (total - 1) / (count - 1)));
}

/**
 * Positions of the frames that a fixed rate picks: the first one, then the one nearest to every
 * whole step. The step is a whole number of average frames, so a clip of constant rate gives every
 * n-th frame (HBI's and CLIP4Clip's rule), and one of variable rate gives steps even in time.
 *
 * @param times Presentation times of all frames in seconds, ascending.
 * @param fps Candidates a second; must be greater than 0.
 * @returns Ascending, no two alike.
 * @throws {RangeError} If the rate is not greater than 0.
 *
 * @example
 * ```ts
 * import { candidatePositions } from "./sampling.ts";
 * import assert from "node:assert/strict";
 *
 * const times = Float64Array.from({ length: 100 }, (_, i) => i / 25);
 * assert.deepEqual(candidatePositions(times, 1), [0, 25, 50, 75]);
 * ```
 */
export function candidatePositions(times: Float64Array, fps: number): number[] {
  if (!(fps > 0)) throw new RangeError(`Expected fps to be greater than 0 but found ${fps}`);
  const last = times.length - 1;
  if (last < 1) return times.length === 0 ? [] : [0];
  const rate = last / (times[last] - times[0]);
  const step = Math.max(1, roundHalfToEven(rate / fps)) / rate;
  const positions: number[] = [];
  // Half an average frame of slack: the last step may fall a rounding error beyond the last frame.
  const end = times[last] + 0.5 / rate;
  for (let k = 0, position = 0; times[0] + k * step < end; k++) {
    const time = times[0] + k * step;
    while (
      position < last && Math.abs(times[position + 1] - time) <= Math.abs(times[position] - time)
    ) {
      position++;
    }
    if (positions.at(-1) !== position) positions.push(position);
  }
  return positions;
}

/**
 * Positions of the frames of a clip that are encoded.
 *
 * @param times Presentation times of all its frames in seconds, ascending.
 * @param count Frames wanted; must be a positive integer.
 * @param fps Candidates a second; without it every frame is one.
 * @returns Ascending, no two alike; fewer than `count` only where there are fewer candidates.
 * @throws {RangeError} If `count` or `fps` is out of its range.
 *
 * @example
 * ```ts
 * import { samplePositions } from "./sampling.ts";
 * import assert from "node:assert/strict";
 *
 * const times = Float64Array.from({ length: 301 }, (_, i) => i / 30);
 * assert.deepEqual(samplePositions(times, 3), [0, 150, 300]);
 * assert.deepEqual(samplePositions(times, 3, 1), [0, 150, 300]);
 * ```
 */
export function samplePositions(
  times: Float64Array,
  count: number,
  fps?: number | null,
): number[] {
  if (fps === undefined || fps === null) return uniformPositions(times.length, count);
  const candidates = candidatePositions(times, fps);
  return uniformPositions(candidates.length, count).map((i) => candidates[i]);
}

/** Python's `round`: HBI's positions at 12.5 frames a second rest on it. */
function roundHalfToEven(x: number): number {
  const floor = Math.floor(x);
  const half = x - floor === 0.5;
  return half ? floor + (floor % 2) : Math.round(x);
}
