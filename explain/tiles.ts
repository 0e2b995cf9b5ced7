/**
 * The middle square of a frame, which is what the model sees, and what is laid over it.
 *
 * @module
 */
import { DROPPED, heat, KEPT } from "../figures/colours.ts";
import { element, short } from "../figures/svg.ts";

/** Where a tile lies, in pixels. */
export interface TilePlace {
  readonly x: number;
  readonly y: number;
  readonly size: number;
}

/** The width of a picture's definition, which a tile scales. */
const UNIT = 100;

/** Defines the pictures of frames, for {@linkcode picture} to draw any number of times. */
export function definePictures(pictures: readonly Uint8Array[]): string {
  return element(
    "defs",
    {},
    ...pictures.map((jpeg, frame) =>
      element("image", {
        id: `frame-${frame}`,
        width: UNIT,
        height: UNIT,
        preserveAspectRatio: "xMidYMid slice",
        href: `data:image/jpeg;base64,${jpeg.toBase64()}`,
      })
    ),
  );
}

/** A frame's picture. */
export function picture(frame: number, { x, y, size }: TilePlace, opacity?: number): string {
  return element("use", {
    href: `#frame-${frame}`,
    transform: `translate(${short(x)} ${short(y)}) scale(${short(size / UNIT)})`,
    opacity,
  });
}

/** A frame that FFSM keeps is framed, one that it drops is crossed out. */
export function keptOrDropped(kept: boolean, { x, y, size }: TilePlace): string {
  if (kept) {
    return element("rect", {
      ...{ x: x + 1.5, y: y + 1.5, width: size - 3, height: size - 3 },
      ...{ fill: "none", stroke: KEPT, "stroke-width": 3 },
    });
  }
  const [a, b] = [size * 0.16, size * 0.84];
  const cross = `M${short(x + a)} ${short(y + a)}L${short(x + b)} ${short(y + b)}` +
    `M${short(x + b)} ${short(y + a)}L${short(x + a)} ${short(y + b)}`;
  const line = { d: cross, fill: "none", "stroke-linecap": "round" };
  return element("path", { ...line, stroke: "#fff", "stroke-width": size * 0.07 + 3 }) +
    element("path", { ...line, stroke: DROPPED, "stroke-width": size * 0.07 });
}

/** The lines between all patches of a frame. */
export function patchGrid(side: number, place: TilePlace): string {
  let d = "";
  for (let i = 1; i < side; i++) d += `M${i} 0v${side}M0 ${i}h${side}`;
  return onGrid(side, place, {}, line(d, side, place, 0.75));
}

/**
 * The tokens that the patches of a frame are part of, each in its colour.
 *
 * @param cluster The token of each patch of this frame: [P].
 * @param colours By token.
 * @param attributes Of the group, for finding it again.
 */
export function clusterOverlay(
  cluster: Uint16Array,
  colours: readonly string[],
  place: TilePlace,
  attributes: Readonly<Record<string, string | number>>,
): string {
  const side = Math.sqrt(cluster.length);
  const shapes = new Map<number, string>();
  for (let row = 0; row < side; row++) {
    for (let column = 0, end = 0; column < side; column = end) {
      const token = cluster[row * side + column];
      for (end = column + 1; end < side && cluster[row * side + end] === token;) end++;
      const run = `M${column} ${row}h${end - column}v1H${column}z`;
      shapes.set(token, (shapes.get(token) ?? "") + run);
    }
  }
  const fills = [...shapes].map(([token, d]) =>
    element("path", { d, fill: colours[token], "fill-opacity": 0.55, "data-token": token })
  );
  const edges = line(edgesOf(cluster, side), side, place, 1);
  return onGrid(side, place, { class: "clusters", ...attributes }, ...fills, edges);
}

/** Where two patches of a frame meet that are not part of one token. */
function edgesOf(cluster: Uint16Array, side: number): string {
  let d = "";
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      const at = row * side + column;
      if (column + 1 < side && cluster[at] !== cluster[at + 1]) d += `M${column + 1} ${row}v1`;
      if (row + 1 < side && cluster[at] !== cluster[at + side]) d += `M${column} ${row + 1}h1`;
    }
  }
  return d;
}

/** Steps of {@linkcode heat} that are drawn. */
const LEVELS = 32;

/**
 * A value a patch as a heat map.
 *
 * @param shares From 0 to 1: [P].
 */
export function heatOverlay(shares: Float32Array, place: TilePlace): string {
  const side = Math.sqrt(shares.length);
  const shapes = new Map<number, string>();
  shares.forEach((share, patch) => {
    const level = Math.round(share * LEVELS);
    const run = `M${patch % side} ${Math.floor(patch / side)}h1v1h-1z`;
    shapes.set(level, (shapes.get(level) ?? "") + run);
  });
  const fills = [...shapes].map(([level, d]) => element("path", { d, fill: heat(level / LEVELS) }));
  return onGrid(side, place, { opacity: 0.7 }, ...fills);
}

/**
 * Some patches of a frame, lit; the others lie in the dark.
 *
 * @param patches By their place in the frame.
 */
export function spotlight(patches: readonly number[], side: number, place: TilePlace): string {
  const lit = patches.map((patch) => `M${patch % side} ${Math.floor(patch / side)}h1v1h-1z`).join(
    "",
  );
  const cluster = new Uint16Array(side * side);
  for (const patch of patches) cluster[patch] = 1;
  const dark = element("path", {
    d: `M0 0H${side}V${side}H0z${lit}`,
    "fill-rule": "evenodd",
    fill: "#000",
    "fill-opacity": 0.6,
  });
  return onGrid(side, place, {}, dark, line(edgesOf(cluster, side), side, place, 2));
}

/** Draws in units of patches. */
function onGrid(
  side: number,
  { x, y, size }: TilePlace,
  attributes: Readonly<Record<string, string | number>>,
  ...children: string[]
): string {
  const transform = `translate(${short(x)} ${short(y)}) scale(${short(size / side)})`;
  return element("g", { ...attributes, transform }, ...children);
}

/** White lines of so many pixels. */
function line(d: string, side: number, { size }: TilePlace, pixels: number): string {
  const width = pixels * side / size;
  return element("path", {
    ...{ d, fill: "none", stroke: "#fff", "stroke-width": width, "stroke-opacity": 0.85 },
    "pointer-events": "none",
  });
}
