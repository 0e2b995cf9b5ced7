/**
 * Queries with the videos that they found (SKRR, figure 7).
 *
 * @module
 */
import { DROPPED, KEPT } from "../../figures/colours.ts";
import { type Figure, figure, MARGIN, shownCosine } from "../../figures/figure.ts";
import { element } from "../../figures/svg.ts";
import { clipMiddle, label, wrap } from "../../figures/text.ts";
import { drawTitle, type Titled } from "./title.ts";

/** A video that a query found. */
export interface SheetVideo {
  readonly name: string;
  /** From 1. */
  readonly place: number;
  readonly similarity: number;
  /** Whether it is the one that was looked for. */
  readonly right: boolean;
  /** JPEG files of its frames, in order of time. */
  readonly pictures: readonly Uint8Array[];
}

/** A query and what it found, best first. */
export interface SheetCase {
  readonly query: string;
  readonly videos: readonly SheetVideo[];
}

/** What {@linkcode retrievalSheet} shows. */
export interface RetrievalSheet extends Titled {
  readonly successes: readonly SheetCase[];
  readonly failures: readonly SheetCase[];
}

const TEXT = 230;
const PICTURE = { width: 160, height: 90 };
const GAP = 14;
const FRAME_GAP = 4;

/** Draws the sheet: a row a query, a column a video, its frames below one another. */
export function retrievalSheet(sheet: RetrievalSheet): Figure {
  const all = [...sheet.successes, ...sheet.failures];
  const columns = Math.max(1, ...all.map(({ videos }) => videos.length));
  const width = 2 * MARGIN + TEXT + columns * (PICTURE.width + GAP);
  const head = drawTitle(sheet, width);
  const parts = [...head.parts];
  let y = head.bottom;
  for (
    const [title, cases] of [
      ["Found at once", sheet.successes],
      ["Not found at once", sheet.failures],
    ] as const
  ) {
    if (cases.length === 0) continue;
    parts.push(label(MARGIN, y + 16, title, { size: 17, bold: true }));
    y += 36;
    for (const one of cases) {
      const drawn = drawCase(one, y, width);
      parts.push(...drawn.parts);
      y = drawn.bottom;
    }
  }
  return figure(width, y + MARGIN / 2, sheet.title, parts);
}

function drawCase(
  { query, videos }: SheetCase,
  top: number,
  width: number,
): { parts: string[]; bottom: number } {
  const parts = [
    element("line", {
      ...{ x1: MARGIN, x2: width - MARGIN, y1: top, y2: top },
      ...{ stroke: "#e4e7ec", "stroke-width": 1 },
    }),
  ];
  const lines = wrap(`“${query}”`, TEXT - 24, 15, 9);
  lines.forEach((line, i) => parts.push(label(MARGIN, top + 30 + 21 * i, line, { size: 15 })));
  let bottom = top + 30 + 21 * lines.length;
  const right = videos.find((video) => video.right);
  if (right && right.place > 1) {
    parts.push(label(MARGIN, bottom + 8, `the right one is at ${right.place}`, { quiet: true }));
    bottom += 22;
  }
  videos.forEach((video, i) => {
    const x = MARGIN + TEXT + i * (PICTURE.width + GAP);
    const drawn = drawVideo(video, x, top + 16);
    parts.push(...drawn.parts);
    bottom = Math.max(bottom, drawn.bottom);
  });
  return { parts, bottom: bottom + 20 };
}

function drawVideo(
  { name, place, similarity, right, pictures }: SheetVideo,
  x: number,
  y: number,
): { parts: string[]; bottom: number } {
  const colour = right ? KEPT : DROPPED;
  const { width, height } = PICTURE;
  const frames = y + 22;
  const bottom = frames + pictures.length * (height + FRAME_GAP) - FRAME_GAP;
  return {
    parts: [
      label(x, y + 12, `${place}`, { bold: true, fill: right ? KEPT : undefined }),
      label(x + width, y + 12, shownCosine(similarity), { anchor: "end", quiet: true }),
      ...pictures.map((jpeg, i) =>
        element("image", {
          ...{ x, y: frames + i * (height + FRAME_GAP), width, height },
          preserveAspectRatio: "xMidYMid meet",
          href: `data:image/jpeg;base64,${jpeg.toBase64()}`,
        })
      ),
      element("rect", {
        ...{ x: x - 1.5, y: frames - 1.5, width: width + 3, height: bottom - frames + 3, rx: 4 },
        ...{ fill: "none", stroke: colour, "stroke-width": right ? 4 : 1.5 },
      }),
      label(x, bottom + 18, clipMiddle(name, width, 11), { size: 11, quiet: true }),
    ],
    bottom: bottom + 24,
  };
}
