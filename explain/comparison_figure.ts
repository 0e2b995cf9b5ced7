/**
 * One video and one text by three methods, beside each other.
 *
 * @module
 */
import { ACCENT } from "../figures/colours.ts";
import { type Figure, figure, MARGIN, remark, shownCosine } from "../figures/figure.ts";
import { element } from "../figures/svg.ts";
import { clipText, label, wrap } from "../figures/text.ts";
import { clusterColours } from "./cluster_colours.ts";
import type { MethodScore } from "./compare_methods.ts";
import type { ExplainedVideo } from "./explain_video.ts";
import { heading } from "./heading.ts";
import { patchesOfFrame } from "./patches_of_frame.ts";
import { clusterOverlay, definePictures, keptOrDropped, picture } from "./tiles.ts";
import { shownWord, wordMatches } from "./word_matches.ts";

const WIDTH = 1600;
const GAP = 40;
const PANEL = (WIDTH - 2 * MARGIN - 2 * GAP) / 3;
const TILE_GAP = 5;

/** Height of the part of a panel above its frames, the same for all. */
const ABOVE = 176;

const WORD = 24;

/** Draws the methods of an explanation, whose `methods` must be there. */
export function comparisonFigure(
  explained: ExplainedVideo & { readonly methods: readonly MethodScore[] },
): Figure {
  const { pictures, text, methods } = explained;
  const head = heading(explained, WIDTH);
  const top = head.bottom + 32;
  const panels = methods.map((method, i) =>
    drawPanel(method, pictures.length, MARGIN + i * (PANEL + GAP), top)
  );
  const notes = remark(
    "All three have the same towers and the same heads. Their scores are sums of one, two and three " +
      "similarities, so compare a method's score with that of the same method for other videos. " +
      "Frames are shown as the model sees them, their middle square, with the patches' tokens after " +
      "the last round in colours.",
    MARGIN,
    Math.max(...panels.map(({ bottom }) => bottom)) + 24,
    WIDTH - 2 * MARGIN,
  );
  return figure(WIDTH, Math.ceil(notes.bottom + MARGIN), `“${text}” by three methods`, [
    definePictures(pictures),
    ...head.parts,
    ...panels.flatMap(({ parts }) => parts),
    ...notes.parts,
  ]);
}

function drawPanel(
  method: MethodScore,
  frames: number,
  x: number,
  y: number,
): { parts: string[]; bottom: number } {
  const { name, how, score, parts: sums } = method;
  const parts = [
    element("rect", {
      ...{ x, y, width: PANEL, height: ABOVE - 16, rx: 8, fill: "#f5f6f8", class: "panel" },
    }),
    label(x + 16, y + 30, name, { size: 18, bold: true }),
    label(x + PANEL - 16, y + 34, shownCosine(score), {
      ...{ size: 28, bold: true, anchor: "end", fill: ACCENT },
    }),
  ];
  wrap(how, PANEL - 32, 13, 2).forEach((line, i) =>
    parts.push(label(x + 16, y + 58 + i * 18, line, { quiet: true }))
  );
  sums.forEach(({ name, value }, i) => {
    const at = y + 104 + i * 20;
    parts.push(label(x + 16, at, name));
    parts.push(label(x + PANEL - 16, at, shownCosine(value), { anchor: "end", bold: true }));
  });
  const tiles = drawFrames(method, frames, x, y + ABOVE);
  const words = drawWordList(method, x, tiles.bottom + 20);
  return { parts: [...parts, ...tiles.parts, ...words.parts], bottom: words.bottom };
}

/** All frames, those that count with the tokens of their patches. */
function drawFrames(
  { name, frames: counted, explanation }: MethodScore,
  frames: number,
  x: number,
  y: number,
) {
  const columns = frames <= 4 ? frames : frames <= 16 ? 4 : 8;
  const size = Math.min(156, (PANEL + TILE_GAP) / columns - TILE_GAP);
  const colours = explanation && clusterColours(explanation).at(-1)!;
  const parts = Array.from({ length: frames }, (_, frame) => {
    const place = {
      x: x + frame % columns * (size + TILE_GAP),
      y: y + Math.floor(frame / columns) * (size + TILE_GAP),
      size,
    };
    const counts = counted.includes(frame);
    const attributes = { class: counts ? "frame kept" : "frame dropped", "data-frame": frame };
    if (!counts) {
      return element("g", attributes, picture(frame, place, 0.5), keptOrDropped(false, place));
    }
    if (!explanation) return element("g", attributes, picture(frame, place));
    const tokens = patchesOfFrame(explanation, explanation.rounds.at(-1)!.cluster, frame)!;
    const marks = { "data-method": name, "data-frame": frame };
    return element(
      "g",
      attributes,
      picture(frame, place),
      clusterOverlay(tokens, colours!, place, marks),
    );
  });
  const rows = Math.ceil(frames / columns);
  return { parts, bottom: y + rows * (size + TILE_GAP) - TILE_GAP };
}

/** Each word and the cosine of the token that is nearest to it. */
function drawWordList({ explanation }: MethodScore, x: number, y: number) {
  if (!explanation) return { parts: [], bottom: y };
  const matches = wordMatches(explanation);
  const columns = 2;
  const width = (PANEL - 20) / columns;
  const rows = Math.ceil(matches.length / columns);
  const longest = Math.max(...matches.map(({ cosine }) => Math.abs(cosine)));
  const parts = [
    label(x, y + 14, "Words and the patches nearest to them", { size: 14, bold: true }),
  ];
  matches.forEach(({ word, cosine }, i) => {
    const left = x + Math.floor(i / rows) * (width + 20);
    const foot = y + 40 + i % rows * WORD;
    const room = width - 96 - 50;
    parts.push(
      label(left, foot, clipText(shownWord(explanation.words[word].text), 92, 13)),
      element("rect", {
        ...{ x: left + 96, y: foot - 10, height: 10, rx: 2 },
        ...{ width: Math.max(1, room * Math.max(0, cosine) / longest), fill: ACCENT },
        "data-cosine": cosine.toFixed(4),
      }),
      label(left + width, foot, shownCosine(cosine), { size: 12, quiet: true, anchor: "end" }),
    );
  });
  return { parts, bottom: y + 28 + rows * WORD };
}
