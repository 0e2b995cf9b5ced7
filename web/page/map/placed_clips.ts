import type { MapResponse } from "../../api/schemas.ts";
import type { Point } from "./camera.ts";

/** A clip on the map. */
export interface PlacedClip extends Point {
  readonly clip: string;
  /** Which of the videos it is of. */
  readonly video: number;
  readonly name: string;
  readonly path: string;
  readonly start: number;
  readonly end: number;
}

/** Radians between neighbours of a spiral that fills its disc evenly. */
const GOLDEN_ANGLE = 2.399963;

/**
 * The clips of a map. Those in one place are set apart a little, in a spiral around it, else only
 * one of them could be seen and reached; how little depends on the room that a clip has.
 */
export function placedClips({ videos, clips }: MapResponse): PlacedClip[] {
  const room = 1 / Math.sqrt(clips.length);
  const taken = new Map<string, number>();
  return clips.map(({ video, clip, start, end, ...place }) => {
    const key = `${Math.round(place.x / room * 50)} ${Math.round(place.y / room * 50)}`;
    const before = taken.get(key) ?? 0;
    taken.set(key, before + 1);
    const way = 0.12 * room * Math.sqrt(before), angle = before * GOLDEN_ANGLE;
    const { video: id, name, path } = videos[video];
    return {
      ...{ clip: `${id}-${clip}`, video, name, path, start, end },
      x: within(place.x + way * Math.cos(angle)),
      y: within(place.y + way * Math.sin(angle)),
    };
  });
}

/** The zoom at which all clips are apart, but for crowds. */
export function mostZoom(clips: number): number {
  return 8 + 3 * Math.sqrt(clips);
}

function within(value: number): number {
  return Math.min(1, Math.max(0, value));
}
