import { decodeHTML } from "entities";

/** What is said or written during a stretch of a video. */
export interface SubtitleLine {
  /** Seconds of the container's own zero. */
  readonly start: number;
  /** Seconds; not before `start`. */
  readonly end: number;
  /** The words, in one line, without markup. */
  readonly text: string;
}

/**
 * Takes the markup out of a subtitle: tags of SubRip and WebVTT, overrides of ASS, HTML entities,
 * line breaks.
 *
 * @example
 * ```ts
 * import { plainText } from "./line.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(plainText("{\\an8}<i>Run,</i>\\N<v Bob>Tom &amp; Ann!"), "Run, Tom & Ann!");
 * ```
 */
export function plainText(markup: string): string {
  const text = markup
    .replace(/\{\\[^}]*\}/g, "")
    .replace(/<\/?[a-z0-9][^>]*>/gi, "")
    .replace(/\\[Nnh]/g, " ");
  return decodeHTML(text).replace(/\s+/g, " ").trim();
}
