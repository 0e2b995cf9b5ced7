/** How a stored picture is turned to be shown: one of the eight ways of a square. */
export type Orientation =
  | "as stored"
  | "clockwise"
  | "half turn"
  | "counterclockwise"
  | "mirrored"
  | "flipped"
  | "transposed"
  | "transverse";

const FILTERS: Readonly<Record<Orientation, string>> = {
  "as stored": "",
  "clockwise": ",transpose=clock",
  "half turn": ",hflip,vflip",
  "counterclockwise": ",transpose=cclock",
  "mirrored": ",hflip",
  "flipped": ",vflip",
  "transposed": ",transpose=cclock_flip",
  "transverse": ",transpose=clock_flip",
};

/**
 * Reads a container's display matrix, rounding its angle to a quarter turn.
 *
 * @param matrix The nine numbers a b u c d v x y w that send (p, q) to (a·p + c·q, b·p + d·q), y
 * downwards; null where the container has none.
 *
 * @example
 * ```ts
 * import { orientationOf } from "./orientation.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(orientationOf([0, 65536, 0, -65536, 0, 0, 0, 0, 1 << 30]), "clockwise");
 * ```
 */
export function orientationOf(matrix: ArrayLike<number> | null): Orientation {
  if (!matrix) return "as stored";
  const [a, b, c, d] = [matrix[0], matrix[1], matrix[3], matrix[4]];
  if (Math.abs(a) + Math.abs(d) >= Math.abs(b) + Math.abs(c)) {
    if (a < 0) return d < 0 ? "half turn" : "mirrored";
    return d < 0 ? "flipped" : "as stored";
  }
  if (b > 0) return c < 0 ? "clockwise" : "transposed";
  return c > 0 ? "counterclockwise" : "transverse";
}

/** Whether width and height change places. */
export function swapsSides(orientation: Orientation): boolean {
  return FILTERS[orientation].startsWith(",transpose");
}

/** FFmpeg's filters that turn a picture so, each with a comma before it. */
export function orientationFilter(orientation: Orientation): string {
  return FILTERS[orientation];
}
