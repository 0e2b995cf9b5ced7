import type { FrameList } from "./source.ts";

/** Packets that are decoded one after the other, from a key frame to the last frame wanted. */
export interface Run {
  /** Index of the key frame in the {@linkcode FrameList}. */
  readonly begin: number;
  /** Index of the last packet that is needed. */
  readonly end: number;
  /** Time stamps of the frames wanted. */
  readonly wanted: readonly number[];
}

/**
 * Groups the frames wanted by the key frame that decoding must begin with. What lies between two
 * runs is neither decoded nor, where seeking is less work, read.
 *
 * A frame shown before the key frame that it is stored behind (a leading picture of an open group)
 * needs the key frame before that one too, so it belongs to the run of that.
 *
 * @param wanted Time stamps, ascending; those not in the list are left out.
 *
 * @example
 * ```ts
 * import { planRuns } from "./runs.ts";
 * import assert from "node:assert/strict";
 *
 * const list = {
 *   stamps: Float64Array.of(0, 2, 1, 3, 5, 4, 6, 8, 7),
 *   starts: Float64Array.of(0, 1, 2, 3, 4, 5, 6, 7, 8),
 *   shown: new Uint8Array(9).fill(1),
 *   keys: Uint8Array.of(1, 0, 0, 1, 0, 0, 1, 0, 0),
 *   sizes: new Uint32Array(9),
 * };
 * assert.deepEqual(planRuns(list, [1, 7]), [
 *   { begin: 0, end: 2, wanted: [1] },
 *   { begin: 6, end: 8, wanted: [7] },
 * ]);
 * ```
 */
export function planRuns({ stamps, keys }: FrameList, wanted: readonly number[]): Run[] {
  const indices = new Map<number, number>();
  stamps.forEach((stamp, i) => {
    if (!indices.has(stamp)) indices.set(stamp, i);
  });
  const runs: { begin: number; end: number; wanted: number[] }[] = [];
  for (const stamp of wanted) {
    const index = indices.get(stamp);
    if (index === undefined) continue;
    let key = index;
    while (key > 0 && !(keys[key] && stamps[key] <= stamp)) key--;
    const run = runs.at(-1);
    if (run && key <= run.end) {
      run.end = Math.max(run.end, index);
      run.wanted.push(stamp);
    } else {
      runs.push({ begin: key, end: index, wanted: [stamp] });
    }
  }
  return runs;
}
