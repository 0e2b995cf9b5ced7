import { basename } from "node:path";
import { MARGIN } from "../figures/figure.ts";
import { clipMiddle, label, wrap } from "../figures/text.ts";
import { timestamp } from "../figures/timestamp.ts";
import type { ExplainedVideo } from "./explain_video.ts";

/** Lines of the text that are shown. */
const MOST_LINES = 4;

/** The text in large letters, and below it what was compared with what. */
export function heading(
  { text, video, duration, model, heads, explanation }: ExplainedVideo,
  width: number,
): { parts: string[]; bottom: number } {
  const parts: string[] = [];
  const inner = width - 2 * MARGIN;
  let y = MARGIN;
  for (const line of wrap(`“${text}”`, inner, 26, MOST_LINES)) {
    y += 30;
    parts.push(label(MARGIN, y, line, { size: 26, bold: true }));
  }
  const frames = explanation.times.length;
  const facts = [
    ...(duration === null ? [] : [timestamp(duration)]),
    frames === 1 ? "1 frame" : `${frames} frames`,
    `model ${clipMiddle(model, 300, 14)}`,
    heads ? `heads ${clipMiddle(heads, 200, 14)}` : "no trained heads",
  ].join(" · ");
  const name = clipMiddle(basename(video), Math.max(160, inner - 560), 14);
  for (const line of wrap(`${name} · ${facts}`, inner, 14, 3)) {
    y += 24;
    parts.push(label(MARGIN, y, line, { size: 14, quiet: true }));
  }
  return { parts, bottom: y };
}
