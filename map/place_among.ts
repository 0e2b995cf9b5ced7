/** A place on a map, from 0 to 1. */
export interface Place {
  readonly x: number;
  readonly y: number;
}

/** Clips that a query is placed among. */
export const PLACED_AMONG = 5;

/**
 * Places a query at the mean of the clips that fit it best, each the heavier the better it fits.
 *
 * @param found The best clips, best first, and one more, if there is one: what that one has, they
 * all have.
 * @param placeOf Where a clip is; undefined of one that is not on the map.
 * @returns Null if none of them is on the map.
 *
 * @example
 * ```ts
 * import { placeAmong } from "./place_among.ts";
 * import assert from "node:assert/strict";
 *
 * const places = new Map([["near", { x: 0.2, y: 0.4 }], ["far", { x: 0.8, y: 0.4 }]]);
 * const found = [{ clip: "near", score: 0.3 }, { clip: "far", score: 0.1 }];
 * const { x } = placeAmong(found, (clip) => places.get(clip))!;
 * assert(x < 0.21);
 * ```
 */
export function placeAmong(
  found: readonly { readonly clip: string; readonly score: number }[],
  placeOf: (clip: string) => Place | undefined,
): Place | null {
  if (found.length === 0) return null;
  const least = found[found.length - 1].score;
  let [x, y, sum] = [0, 0, 0];
  for (const { clip, score } of found.slice(0, PLACED_AMONG)) {
    const place = placeOf(clip);
    if (!place) continue; // Added since.
    const weight = score - least + 1e-6;
    x += weight * place.x;
    y += weight * place.y;
    sum += weight;
  }
  return sum > 0 ? { x: x / sum, y: y / sum } : null;
}
