/**
 * One video and one text, step by step: which frames fit, how the patches came together, and what
 * each word found.
 *
 * @module
 */
import type { ExplainedRound, Explanation } from "../pipeline/search/explanation.ts";
import { clusterColours } from "./cluster_colours.ts";
import { ACCENT, DROPPED, heat, KEPT } from "../figures/colours.ts";
import type { ExplainedVideo } from "./explain_video.ts";
import { type Figure, figure, MARGIN, remark, shownCosine } from "../figures/figure.ts";
import { element, short } from "../figures/svg.ts";
import { clipText, label } from "../figures/text.ts";
import { heading } from "./heading.ts";
import { patchesOfFrame } from "./patches_of_frame.ts";
import {
  clusterOverlay,
  definePictures,
  heatOverlay,
  keptOrDropped,
  patchGrid,
  picture,
  spotlight,
  type TilePlace,
} from "./tiles.ts";
import { timestamp } from "../figures/timestamp.ts";
import { shownWord, type WordMatch, wordMatches } from "./word_matches.ts";

/** The narrowest and the widest picture, in pixels. */
const NARROWEST = 1000;
const WIDEST = 1600;

/** Frames beside each other; more go into further blocks. */
const MOST_COLUMNS = 16;

/** Of the names of the rows. */
const LABELS = 150;

const GAP = 5;
const LARGEST_TILE = 124;
const CHART = 84;
const CARD = 132;

/** How the frames are laid out. */
interface Layout {
  readonly width: number;
  readonly columns: number;
  readonly tile: number;
}

/** Draws an explanation. */
export function explanationFigure(explained: ExplainedVideo): Figure {
  const { explanation, pictures, text } = explained;
  const layout = layOut(explanation.times.length);
  const { width } = layout;
  const head = heading(explained, width);
  const parts = [definePictures(pictures), ...head.parts];
  let y = head.bottom;
  for (
    const section of [
      drawSimilarities(explanation, layout, y + 24),
      (top: number) => drawBlocks(explanation, layout, top + 24),
      (top: number) => drawWords(explanation, layout, top + 32),
      (top: number) =>
        remark(
          "Frames are shown as the model sees them: their middle square. A cosine tells how near " +
            "two vectors are; those of one model and one text can be compared with each other.",
          MARGIN,
          top + 20,
          width - 2 * MARGIN,
        ),
    ]
  ) {
    const drawn = typeof section === "function" ? section(y) : section;
    parts.push(...drawn.parts);
    y = drawn.bottom;
  }
  return figure(width, Math.ceil(y + MARGIN), `Why “${text}”`, parts);
}

function layOut(frames: number): Layout {
  const blocks = Math.ceil(frames / MOST_COLUMNS);
  const columns = Math.ceil(frames / blocks);
  const room = WIDEST - 2 * MARGIN - LABELS;
  const tile = Math.min(LARGEST_TILE, Math.floor((room + GAP) / columns) - GAP);
  const width = 2 * MARGIN + LABELS + columns * (tile + GAP) - GAP;
  return { columns, tile, width: Math.max(NARROWEST, width) };
}

interface Section {
  readonly parts: string[];
  readonly bottom: number;
}

const SIMILARITIES: readonly {
  readonly key: keyof Explanation["similarities"];
  readonly name: string;
  readonly what: string;
}[] = [
  {
    key: "sentenceFrame",
    name: "Sentence – frames",
    what: "the text with the frames that count",
  },
  {
    key: "sentencePatch",
    name: "Sentence – patches",
    what: "the text with merged patches",
  },
  {
    key: "wordPatch",
    name: "Words – patches",
    what: "words with their nearest",
  },
];

/** The similarities, and the sum of those that count. */
function drawSimilarities(
  { aligned, similarities, counted, score }: Explanation,
  { width }: Layout,
  y: number,
): Section {
  const taken = SIMILARITIES.filter(({ key }) => similarities[key] !== null);
  const gap = 16, height = 92;
  const box = (width - 2 * MARGIN - taken.length * gap) / (taken.length + 1);
  const drawBox = (i: number, name: string, value: string, what: string, bold: boolean) => {
    const x = MARGIN + i * (box + gap);
    return element(
      "g",
      {},
      element("rect", {
        ...{ x, y, width: box, height, rx: 8, fill: bold ? "#eef3fe" : "#f5f6f8" },
        class: bold ? "panel strong" : "panel",
      }),
      label(x + 14, y + 24, name, { bold: true }),
      label(x + 14, y + 56, value, { size: 26, bold, fill: bold ? ACCENT : undefined }),
      label(x + 14, y + 78, clipText(what, box - 24, 12), { size: 12, quiet: true }),
    );
  };
  const boxes = taken.map(({ key, name, what }, i) => {
    const counts = counted.includes(key);
    const why = aligned ? "not counted by these heads" : "not counted: never trained";
    return drawBox(i, name, shownCosine(similarities[key]!), counts ? what : why, counts);
  });
  const sum = counted.length === 1
    ? "the one that counts"
    : `the sum of the ${counted.length} that count`;
  return {
    parts: [...boxes, drawBox(taken.length, "Score", shownCosine(score), sum, true)],
    bottom: y + height,
  };
}

/** All frames and what becomes of their patches, some frames beside each other. */
function drawBlocks(explanation: Explanation, layout: Layout, y: number): Section {
  const parts: string[] = [];
  let bottom = y;
  const colours = clusterColours(explanation);
  for (let first = 0; first < explanation.times.length; first += layout.columns) {
    const block = drawBlock(explanation, colours, layout, first, first === 0 ? y : bottom + 28);
    parts.push(...block.parts);
    bottom = block.bottom;
  }
  return { parts, bottom };
}

/** What stands beside a row of tiles. */
interface RowLabel {
  readonly name: string;
  readonly notes: readonly string[];
  /** What the colours stand for, if anything. */
  readonly scale?: readonly [least: string, most: string];
}

/** A row of tiles. */
interface Row extends RowLabel {
  /** What lies over the picture of a frame that is clustered. */
  readonly draw: (frame: number, place: TilePlace) => string;
}

function drawBlock(
  explanation: Explanation,
  colours: readonly string[][],
  { columns, tile }: Layout,
  first: number,
  y: number,
): Section {
  const { times, kept, clustered, frameCosines } = explanation;
  const frames = Array.from(
    { length: Math.min(columns, times.length - first) },
    (_, i) => first + i,
  );
  const left = MARGIN + LABELS;
  const place = (frame: number, top: number): TilePlace => ({
    x: left + (frame - first) * (tile + GAP),
    y: top,
    size: tile,
  });
  const parts = [drawChart(explanation, frames, (frame) => place(frame, 0).x + tile / 2, y)];
  let top = y + CHART + 8;

  parts.push(...drawRowLabel(keptRow(explanation), top, tile));
  for (const frame of frames) {
    const at = place(frame, top);
    const middle = at.x + tile / 2;
    parts.push(
      element(
        "g",
        { class: kept[frame] ? "frame kept" : "frame dropped", "data-frame": frame },
        picture(frame, at, kept[frame] ? undefined : 0.5),
        keptOrDropped(kept[frame], at),
      ),
      label(middle, top + tile + 16, shownCosine(frameCosines[frame]), {
        ...{ size: 12, bold: true, anchor: "middle", fill: kept[frame] ? KEPT : DROPPED },
      }),
      label(middle, top + tile + 31, timestamp(times[frame]), {
        ...{ size: 11, quiet: true, anchor: "middle" },
      }),
    );
  }
  top += tile + 40;
  for (const row of patchRows(explanation, colours)) {
    parts.push(...drawRowLabel(row, top, tile));
    for (const frame of frames) {
      const at = place(frame, top);
      parts.push(
        clustered.includes(frame)
          ? picture(frame, at) + row.draw(frame, at)
          : picture(frame, at, 0.2),
      );
    }
    top += tile + GAP;
  }
  return { parts, bottom: top - GAP };
}

function keptRow({ mode, kept }: Explanation): RowLabel {
  const count = kept.filter((it) => it).length;
  return {
    name: "Frames",
    notes: count === kept.length ? ["FFSM keeps all"] : [
      `FFSM keeps ${count} of ${kept.length}`,
      mode === "hvd" ? "and drops the others ×" : "but all count in SKRR",
    ],
  };
}

function patchRows(explanation: Explanation, colours: readonly string[][]): Row[] {
  const { patchesPerFrame, clustered, rounds } = explanation;
  const side = Math.sqrt(patchesPerFrame);
  const all = rounds[0].cluster.length;
  const rows: Row[] = [{
    name: "Patches",
    notes: [
      clustered.length === 1 ? `${all} in 1 frame,` : `${all} in ${clustered.length} frames,`,
      `${patchesPerFrame} in each`,
    ],
    draw: (frame, place) =>
      element("g", { class: "patches", "data-frame": frame }, patchGrid(side, place)),
  }];
  let tokens = all;
  rounds.forEach((round, r) => {
    const importance = importanceRow(explanation, round, r);
    if (importance) rows.push(importance);
    rows.push({
      name: `After round ${r + 1}`,
      notes: [`${tokens} tokens`, `became ${round.clusters}`],
      draw: (frame, place) =>
        clusterOverlay(patchesOfFrame(explanation, round.cluster, frame)!, colours[r], place, {
          "data-round": r,
          "data-frame": frame,
        }),
    });
    tokens = round.clusters;
  });
  return rows;
}

function importanceRow(
  explanation: Explanation,
  { importance }: ExplainedRound,
  round: number,
): Row | null {
  if (!importance) return null;
  const least = importance.reduce((a, b) => Math.min(a, b));
  const most = importance.reduce((a, b) => Math.max(a, b));
  const shares = importance.map((value) => most > least ? (value - least) / (most - least) : 0.5);
  return {
    name: "Importance",
    notes: [`in round ${round + 1}`],
    scale: [least.toFixed(2), most.toFixed(2)],
    draw: (frame, place) => heatOverlay(patchesOfFrame(explanation, shares, frame)!, place),
  };
}

function drawRowLabel({ name, notes, scale }: RowLabel, y: number, tile: number): string[] {
  const lines = 1 + notes.length + (scale ? 1 : 0);
  let at = y + tile / 2 - (lines * 17) / 2 + 13;
  const parts = [label(MARGIN, at, name, { size: 14, bold: true })];
  for (const note of notes) parts.push(label(MARGIN, at += 17, note, { size: 12, quiet: true }));
  if (!scale) return parts;
  const steps = 24, width = 56;
  at += 19;
  const x = MARGIN + 34;
  for (let i = 0; i < steps; i++) {
    parts.push(element("rect", {
      ...{ x: x + i * width / steps, y: at - 9, width: width / steps + 0.5, height: 9 },
      fill: heat(i / (steps - 1)),
    }));
  }
  const [least, most] = scale.map((it) => it.replace("-", "−"));
  parts.push(label(x - 5, at, least, { size: 11, quiet: true, anchor: "end" }));
  parts.push(label(x + width + 5, at, most, { size: 11, quiet: true }));
  return parts;
}

/** The similarity of the sentence and each frame, over time. */
function drawChart(
  { frameCosines, kept }: Explanation,
  frames: readonly number[],
  middle: (frame: number) => number,
  y: number,
): string {
  const least = frameCosines.reduce((a, b) => Math.min(a, b));
  const most = frameCosines.reduce((a, b) => Math.max(a, b));
  const height = (cosine: number) =>
    y + 14 + (most > least ? (most - cosine) / (most - least) : 0.5) * (CHART - 28);
  const start = MARGIN + LABELS, end = middle(frames[frames.length - 1]) + 24;
  const parts: string[] = [
    label(MARGIN, y + CHART / 2 - 4, "Similarity", { size: 14, bold: true }),
    label(MARGIN, y + CHART / 2 + 13, "of text and frame", { size: 12, quiet: true }),
  ];
  for (const value of most > least ? [most, least] : [most]) {
    const at = height(value);
    parts.push(
      element("path", {
        ...{ d: `M${start} ${short(at)}H${short(end)}`, stroke: "#d9dde3", class: "rule" },
      }),
      label(start - 6, at + 4, shownCosine(value), { size: 11, quiet: true, anchor: "end" }),
    );
  }
  const points = frames.map((frame) =>
    `${short(middle(frame))} ${short(height(frameCosines[frame]))}`
  );
  parts.push(element("path", {
    ...{ d: `M${points.join("L")}`, fill: "none", stroke: "#9aa3b0", "stroke-width": 1.5 },
  }));
  for (const frame of frames) {
    parts.push(element("circle", {
      ...{ cx: middle(frame), cy: height(frameCosines[frame]), r: 4.5 },
      ...{ fill: kept[frame] ? KEPT : DROPPED, stroke: "#fff", "stroke-width": 1.5 },
    }));
  }
  return element("g", { class: "chart" }, ...parts);
}

/** What each word matched, a card each. */
function drawWords(explanation: Explanation, { width }: Layout, y: number): Section {
  const inner = width - 2 * MARGIN;
  const columns = Math.floor((inner + 14) / (CARD + 14));
  const gap = (inner - columns * CARD) / (columns - 1);
  const height = CARD + 66;
  const title = label(MARGIN, y + 14, "What each word matched", { size: 17, bold: true });
  const note = remark(
    "The patches nearest to the word, in the frame that has most of them, and their cosine. " +
      "“(whole)” is the mark at the end of the text, which stands for all of it.",
    MARGIN,
    y + 18,
    inner,
  );
  const top = note.bottom + 14;
  const parts = wordMatches(explanation).map((match, i) =>
    drawCard(explanation, match, {
      x: MARGIN + i % columns * (CARD + gap),
      y: top + Math.floor(i / columns) * height,
      size: CARD,
    })
  );
  const rows = Math.ceil(parts.length / columns);
  return { parts: [title, ...note.parts, ...parts], bottom: top + rows * height - 10 };
}

function drawCard(
  { words, times, patchesPerFrame, aligned }: Explanation,
  { word, frame, frames, patches, places, cosine }: WordMatch,
  place: TilePlace,
): string {
  const { x, y, size } = place;
  const name = shownWord(words[word].text);
  const where = frames === 1
    ? timestamp(times[frame])
    : `${timestamp(times[frame])} and ${frames - 1} more`;
  const count = patches === 1 ? "1 patch" : `${patches} patches`;
  const weight = aligned ? `, weight ${words[word].weight.toFixed(2)}` : "";
  return element(
    "g",
    { class: "word", "data-word": word },
    picture(frame, place),
    spotlight(places, Math.sqrt(patchesPerFrame), place),
    label(x, y + size + 18, clipText(name, size - 48, 14), { size: 14, bold: true }),
    label(x + size, y + size + 18, shownCosine(cosine), {
      ...{ size: 13, bold: true, anchor: "end", fill: ACCENT },
    }),
    label(x, y + size + 34, clipText(`${count}${weight}`, size, 11), { size: 11, quiet: true }),
    label(x, y + size + 48, clipText(where, size, 11), { size: 11, quiet: true }),
  );
}
