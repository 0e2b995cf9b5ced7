import type { Point, Stage } from "./camera.ts";

/** Pictures at a time, at most. */
const MOST = 80;

/** Pixels between pictures. */
const GAP = 5;

/** A size in CSS pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** A box in CSS pixels, by its middle. */
export type Box = Point & Size;

/**
 * The order in which clips get pictures: the best first, then by the golden section, so that
 * whatever comes first is spread over all videos.
 *
 * @param best Numbers of clips.
 * @returns The numbers of all clips.
 */
export function pictureOrder(total: number, best: readonly number[]): number[] {
  const first = new Set(best);
  const rest = Array.from({ length: total }, (_, i) => i).filter((i) => !first.has(i));
  const place = (i: number) => (i * 0.618033988749895) % 1;
  return [...best, ...rest.sort((a, b) => place(a) - place(b))];
}

/**
 * Which clips are shown by a picture: as many as have room, none over another.
 *
 * @param order Numbers of clips, those that come first first.
 * @param places Where the clips are on the stage: x and y of each.
 * @param size Of a picture.
 * @param taken A box that only the first `above` of the order may cover.
 */
export function choosePictured(
  order: readonly number[],
  places: Float32Array,
  { width, height }: Stage,
  size: Size,
  taken: Box | null,
  above: number,
): number[] {
  const across = size.width + GAP, down = size.height + GAP;
  const chosen: number[] = [];
  // At most one middle of a picture is in each cell.
  const cells = new Map<number, number>();
  const cellOf = (column: number, row: number) => row * 4096 + column;
  for (let rank = 0; rank < order.length && chosen.length < MOST; rank++) {
    const i = order[rank];
    const x = places[2 * i], y = places[2 * i + 1];
    if (!(x >= 0 && x <= width && y >= 0 && y <= height)) continue;
    const isUnder = taken !== null && rank >= above &&
      Math.abs(x - taken.x) < (size.width + taken.width) / 2 &&
      Math.abs(y - taken.y) < (size.height + taken.height) / 2;
    if (isUnder) continue;
    const column = Math.floor(x / across), row = Math.floor(y / down);
    let isFree = true;
    for (let cell = 0; cell < 9 && isFree; cell++) {
      const other = cells.get(cellOf(column - 1 + cell % 3, row - 1 + Math.floor(cell / 3)));
      isFree = other === undefined ||
        Math.abs(places[2 * other] - x) >= across || Math.abs(places[2 * other + 1] - y) >= down;
    }
    if (!isFree) continue;
    cells.set(cellOf(column, row), i);
    chosen.push(i);
  }
  return chosen;
}
