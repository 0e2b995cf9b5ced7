/**
 * Gathers what was found by video.
 *
 * @example
 * ```ts
 * import { groupByVideo } from "./grouping.ts";
 * import assert from "node:assert/strict";
 *
 * const video = Uint32Array.of(0, 0, 1);
 * const hits = [{ index: 1 }, { index: 2 }, { index: 0 }];
 * assert.deepEqual(groupByVideo(hits, video), [[{ index: 1 }, { index: 0 }], [{ index: 2 }]]);
 * ```
 *
 * @param hits Clips, best first.
 * @param video The video of each clip of the index.
 * @returns The clips of each video, best first; the video with the best clip first.
 */
export function groupByVideo<T extends { readonly index: number }>(
  hits: readonly T[],
  video: Uint32Array,
): T[][] {
  return [...Map.groupBy(hits, ({ index }) => video[index]).values()];
}
