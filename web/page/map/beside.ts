import type { Point } from "./camera.ts";

/** Where arrow keys lead. */
export const WAYS: Readonly<Record<string, Point>> = {
  ArrowLeft: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
  ArrowUp: { x: 0, y: -1 },
  ArrowDown: { x: 0, y: 1 },
};

/**
 * The clip that is next on a way over the map; what lies aside counts as further off.
 *
 * @param places Where the clips are on the stage: x and y of each.
 * @param from The number of a clip.
 * @returns The number of another; undefined where there is none further on.
 */
export function beside(places: Float32Array, from: number, way: Point): number | undefined {
  let next: number | undefined, least = Infinity;
  for (let i = 0; i < places.length / 2; i++) {
    const x = places[2 * i] - places[2 * from], y = places[2 * i + 1] - places[2 * from + 1];
    const along = x * way.x + y * way.y, aside = Math.abs(x * way.y) + Math.abs(y * way.x);
    const far = along + 2 * aside;
    if (along < 0.5 || far >= least) continue;
    next = i;
    least = far;
  }
  return next;
}

/**
 * The clip that is nearest to a point of the stage.
 *
 * @param within How near it must be, in CSS pixels.
 */
export function clipAt(places: Float32Array, at: Point, within: number): number | undefined {
  let nearest: number | undefined, least = within;
  for (let i = 0; i < places.length / 2; i++) {
    const far = Math.hypot(places[2 * i] - at.x, places[2 * i + 1] - at.y);
    if (far > least) continue;
    nearest = i;
    least = far;
  }
  return nearest;
}
