/**
 * Lines of text in a picture.
 *
 * @module
 */
import { oneLine } from "../files/one_line.ts";
import { type Attributes, element, escapeXml } from "./svg.ts";

/** Characters by their width in ems, a little above what common sans-serif fonts have. */
const WIDTHS: readonly (readonly [characters: RegExp, ems: number])[] = [
  [/[ijl'|.,:;!·]/, 0.3],
  [/[ftrI()[\]\/ "“”-]/, 0.4],
  [/[mwMW@%…—]/, 0.95],
  [/[A-Z0-9<>+=~_&#$?–]/, 0.68],
  // East Asian letters and emoji are as wide as high.
  [
    /[\u1100-\u115f\u2e80-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff00-\uff60]|\p{Emoji_Presentation}/u,
    1,
  ],
];

/** About how wide a text is in pixels, rather too much than too little. */
export function textWidth(text: string, size: number): number {
  let ems = 0;
  for (const character of text) {
    ems += WIDTHS.find(([characters]) => characters.test(character))?.[1] ?? 0.6;
  }
  return ems * size;
}

/**
 * Breaks a text into lines, within words only where one is longer than a line.
 *
 * @param width Of a line, in pixels.
 * @param size Of the letters, in pixels.
 * @param most Lines; what is left over ends in "…". A positive integer.
 *
 * @example
 * ```ts
 * import { wrap } from "./text.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(wrap("a dog runs along the beach", 100, 16, 9), [
 *   "a dog runs",
 *   "along the",
 *   "beach",
 * ]);
 * assert.deepEqual(wrap("a dog runs along the beach", 110, 16, 1), ["a dog runs…"]);
 * ```
 */
export function wrap(text: string, width: number, size: number, most: number): string[] {
  const fits = (line: string) => textWidth(line, size) <= width;
  const lines: string[] = [];
  let line = "";
  for (const word of oneLine(text).split(/\s+/u).filter((it) => it !== "")) {
    const joined = line === "" ? word : `${line} ${word}`;
    if (fits(joined)) {
      line = joined;
      continue;
    }
    if (line !== "") lines.push(line);
    line = "";
    for (const character of word) {
      if (line !== "" && !fits(line + character)) {
        lines.push(line);
        line = "";
      }
      line += character;
    }
  }
  lines.push(line);
  if (lines.length <= most) return lines;
  const shown = lines.slice(0, most);
  let last = shown[most - 1];
  while (last !== "" && !fits(`${last}…`)) last = last.replace(/\s*\S$/u, "");
  shown[most - 1] = `${last.trimEnd()}…`;
  return shown;
}

/** Cuts a text off where it is wider than so many pixels. */
export function clipText(text: string, width: number, size: number): string {
  return wrap(text, width, size, 1)[0];
}

/**
 * Cuts the middle out of a text that is wider than so many pixels: of a path, the end tells most.
 *
 * @example
 * ```ts
 * import { clipMiddle } from "./text.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(clipMiddle("holiday-in-the-mountains.mp4", 120, 12), "holiday-i…ains.mp4");
 * ```
 */
export function clipMiddle(text: string, width: number, size: number): string {
  const letters = [...oneLine(text)];
  let kept = letters.length;
  let shown = letters.join("");
  while (kept > 1 && textWidth(shown, size) > width) {
    kept--;
    shown = `${letters.slice(0, Math.ceil(kept / 2)).join("")}…` +
      letters.slice(letters.length - Math.floor(kept / 2)).join("");
  }
  return shown;
}

/** How a text is written. */
export interface TextStyle {
  /** Height of the letters in pixels. Defaults to 13. */
  readonly size?: number;
  readonly bold?: boolean;
  /** Less to look at than the rest. */
  readonly quiet?: boolean;
  readonly anchor?: "start" | "middle" | "end";
  /** Defaults to ink. */
  readonly fill?: string;
}

/** A line of text whose foot is at (x, y). */
export function label(
  x: number,
  y: number,
  text: string,
  { size = 13, bold, quiet, anchor, fill }: TextStyle = {},
): string {
  const attributes: Attributes = {
    x,
    y,
    "font-size": size,
    "font-weight": bold ? 600 : undefined,
    "text-anchor": anchor,
    class: fill ? undefined : quiet ? "quiet" : "ink",
    fill: fill ?? (quiet ? "#5f6672" : "#16181d"),
  };
  return element("text", attributes, escapeXml(text));
}
