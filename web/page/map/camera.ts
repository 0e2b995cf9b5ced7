/**
 * Panning and zooming: which part of the map is seen.
 *
 * @module
 */

/** A point: of the map, from 0 to 1, or of the stage, in CSS pixels. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** The point of the map in the middle of the stage, and how many times it is enlarged, from 1. */
export interface Camera extends Point {
  readonly zoom: number;
}

/** What the map is drawn on, in CSS pixels. */
export interface Stage {
  readonly width: number;
  readonly height: number;
  /** What is left free around the whole map, across and down. */
  readonly margin: Point;
}

/** Around the whole map, in rem: pictures at its edges are seen whole. */
const WIDE = { x: 5.8, y: 3.4 }, NARROW = { x: 3.2, y: 2.1 };

/**
 * What the map is drawn on, in an element.
 *
 * @param rem In CSS pixels.
 */
export function stageOf(width: number, height: number, rem: number): Stage {
  const { x, y } = width < 40 * rem ? NARROW : WIDE;
  return { width, height, margin: { x: x * rem, y: y * rem } };
}

/** The whole map. */
export const WHOLE: Camera = { x: 0.5, y: 0.5, zoom: 1 };

/** Where a point of the map is on the stage. */
export function toStage(camera: Camera, stage: Stage, { x, y }: Point): Point {
  const { across, down } = pixels(camera, stage);
  return {
    x: stage.width / 2 + (x - camera.x) * across,
    y: stage.height / 2 + (y - camera.y) * down,
  };
}

/** Moves what is seen by a way on the stage, as far as there is map. */
export function panned(camera: Camera, stage: Stage, way: Point): Camera {
  const { across, down } = pixels(camera, stage);
  return within({ ...camera, x: camera.x - way.x / across, y: camera.y - way.y / down });
}

/**
 * Enlarges what is seen; what is at a point of the stage stays there.
 *
 * @param most The largest zoom.
 */
export function zoomed(
  camera: Camera,
  stage: Stage,
  at: Point,
  factor: number,
  most: number,
): Camera {
  const zoom = Math.min(most, Math.max(1, camera.zoom * factor));
  const { across, down } = pixels(camera, stage);
  const share = 1 - camera.zoom / zoom;
  return within({
    x: camera.x + (at.x - stage.width / 2) / across * share,
    y: camera.y + (at.y - stage.height / 2) / down * share,
    zoom,
  });
}

/** Moves what is seen as little as needed for a point of the map to be seen. */
export function revealed(camera: Camera, stage: Stage, point: Point): Camera {
  const { x, y } = toStage(camera, stage, point);
  const { width, height, margin } = stage;
  const into = (value: number, size: number, free: number) =>
    Math.min(size - free, Math.max(free, value)) - value;
  return panned(camera, stage, {
    x: into(x, width, margin.x),
    y: into(y, height, margin.y),
  });
}

/** Pixels of the stage that the map's unit takes. */
function pixels({ zoom }: Camera, { width, height, margin }: Stage) {
  return { across: zoom * (width - 2 * margin.x), down: zoom * (height - 2 * margin.y) };
}

function within({ x, y, zoom }: Camera): Camera {
  const into = (value: number) => Math.min(1 - 0.5 / zoom, Math.max(0.5 / zoom, value));
  return { x: into(x), y: into(y), zoom };
}
