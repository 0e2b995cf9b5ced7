/**
 * A map of clips as a picture.
 *
 * @module
 */
import { ACCENT, oklch } from "../figures/colours.ts";
import { type Figure, figure, MARGIN } from "../figures/figure.ts";
import { element, escapeXml, short } from "../figures/svg.ts";
import { clipMiddle, clipText, label } from "../figures/text.ts";
import type { ClipMap } from "./map_clips.ts";

const WIDTH = 1400;
const HEIGHT = 1100;

/** Of what is above the map. */
const HEAD = 100;

/** A picture on the map, in pixels. */
const PICTURE = { width: 84, height: 56 };

/** Pictures between the points, at most. */
const MOST_PICTURES = 90;

/** Videos that get a colour of their own. */
const MOST_COLOURS = 12;

/** A point of the picture, in pixels. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Where a position of a map is in its picture. */
export function onPicture({ x, y }: Point): Point {
  const side = HEIGHT - HEAD - MARGIN - PICTURE.height;
  const room = WIDTH - 2 * MARGIN - PICTURE.width;
  return {
    x: MARGIN + PICTURE.width / 2 + x * room,
    y: HEAD + PICTURE.height / 2 + y * side,
  };
}

/**
 * Which clips are shown by a picture: spread over the map, none over another, the query's first.
 *
 * @returns Their numbers.
 */
export function picturedClips({ clips, query }: ClipMap): number[] {
  const chosen: number[] = [];
  const points = clips.map(onPicture);
  const wanted = new Set(query?.best.map(({ clip }) => clip));
  // By the golden section: whatever comes first is spread over all videos.
  const order = clips.map((_, i) => i).sort((a, b) =>
    Number(wanted.has(clips[b].clip)) - Number(wanted.has(clips[a].clip)) ||
    (a * 0.618033988749895) % 1 - (b * 0.618033988749895) % 1
  );
  for (const i of order) {
    if (chosen.length === MOST_PICTURES) break;
    const free = chosen.every((it) =>
      Math.abs(points[it].x - points[i].x) > PICTURE.width + 6 ||
      Math.abs(points[it].y - points[i].y) > PICTURE.height + 6
    );
    if (free) chosen.push(i);
  }
  return chosen;
}

/**
 * Draws a map.
 *
 * @param pictures A JPEG of each of {@linkcode picturedClips}, by the number of the clip.
 */
export function mapFigure(
  map: ClipMap,
  pictures: ReadonlyMap<number, Uint8Array>,
): Figure {
  const { clips, how, query } = map;
  const videos = [...new Set(clips.map(({ path }) => path))];
  const colours = videos.length <= MOST_COLOURS
    ? videos.map((_, i) => oklch(0.58, 0.18, 20 + i * 360 / videos.length))
    : [ACCENT];
  const count = (n: number, one: string) => `${n.toLocaleString("en")} ${one}${n === 1 ? "" : "s"}`;
  const title = `${count(clips.length, "clip")} of ${count(videos.length, "video")}`;
  const radius = clips.length > 20_000 ? 1.5 : clips.length > 2000 ? 2.5 : 5;
  const parts = [
    label(MARGIN, MARGIN + 26, title, { size: 26, bold: true }),
    label(
      MARGIN,
      MARGIN + 50,
      `What looks alike lies together: ${how}. Directions and scale mean nothing.`,
      { size: 14, quiet: true },
    ),
    ...[...pictures].map(([i, jpeg]) => drawPicture(onPicture(clips[i]), jpeg)),
    ...drawPoints(map, videos, colours, radius),
    ...(query ? drawQuery(map) : []),
    ...(colours.length > 1 ? drawLegend(videos, colours) : []),
  ];
  return figure(WIDTH, HEIGHT, query ? `${title} and “${query.text}”` : title, parts);
}

function drawPicture({ x, y }: Point, jpeg: Uint8Array): string {
  const { width, height } = PICTURE;
  const place = { x: x - width / 2, y: y - height / 2, width, height };
  return element(
    "g",
    { class: "pictured" },
    element("image", {
      ...place,
      preserveAspectRatio: "xMidYMid slice",
      href: `data:image/jpeg;base64,${jpeg.toBase64()}`,
      opacity: 0.9,
    }),
    element("rect", { ...place, fill: "none", stroke: "#fff", "stroke-width": 1 }),
  );
}

/** All points of a colour are one path of dots: a hundred thousand of them take a few megabytes. */
function drawPoints(
  { clips }: ClipMap,
  videos: readonly string[],
  colours: readonly string[],
  radius: number,
): string[] {
  const numbers = new Map(videos.map((path, i) => [path, i]));
  const dots = colours.map(() => "");
  for (const clip of clips) {
    const { x, y } = onPicture(clip);
    dots[numbers.get(clip.path)! % colours.length] += `M${x.toFixed(1)} ${y.toFixed(1)}h0`;
  }
  const line = { "stroke-linecap": "round", fill: "none" };
  return dots.flatMap((d, i) => [
    element("path", { ...line, d, stroke: "#fff", "stroke-width": 2 * radius + 2 }),
    element("path", {
      ...{ ...line, class: "points", d, stroke: colours[i], "stroke-width": 2 * radius },
    }),
  ]);
}

function drawQuery({ clips, query }: ClipMap): string[] {
  const { text, best, ...place } = query!;
  const { x, y } = onPicture(place);
  const places = new Map(clips.map((clip) => [clip.clip, onPicture(clip)]));
  const parts: string[] = [];
  for (const { clip } of best) {
    const end = places.get(clip);
    if (!end) continue;
    parts.push(
      element("path", {
        d: `M${short(x)} ${short(y)}L${short(end.x)} ${short(end.y)}`,
        ...{ stroke: "#d12b34", "stroke-width": 1.5, "stroke-dasharray": "4 4" },
      }),
      element("circle", {
        ...{ cx: end.x, cy: end.y, r: 9, fill: "none", stroke: "#d12b34", "stroke-width": 2.5 },
        "data-clip": clip,
      }),
    );
  }
  const shown = escapeXml(clipText(`“${text}”`, 420, 16));
  const anchor = x > WIDTH * 0.62 ? "end" : "start";
  const letters = {
    ...{ x: x + (anchor === "end" ? -18 : 18), y: y + 6, "text-anchor": anchor },
    ...{ "font-size": 16, "font-weight": 600 },
  };
  parts.push(
    element("path", {
      d: `M${short(x)} ${short(y - 11)}l11 11l-11 11l-11-11z`,
      ...{ class: "query", fill: "#d12b34", stroke: "#fff", "stroke-width": 2 },
    }),
    // A rim around the letters, below them.
    element(
      "text",
      { ...letters, stroke: "#fff", "stroke-width": 5, "stroke-linejoin": "round" },
      shown,
    ),
    element("text", { ...letters, fill: "#d12b34" }, shown),
  );
  return [element("g", { class: "asked" }, ...parts)];
}

function drawLegend(videos: readonly string[], colours: readonly string[]): string[] {
  const width = 200;
  const x = WIDTH - MARGIN - 2 * width;
  return videos.flatMap((path, i) => {
    const left = x + (i % 2) * width, y = MARGIN + 6 + Math.floor(i / 2) * 15;
    return [
      element("circle", { cx: left + 5, cy: y - 4, r: 5, fill: colours[i] }),
      label(left + 16, y, clipMiddle(path, width - 24, 12), { size: 12, quiet: true }),
    ];
  });
}
