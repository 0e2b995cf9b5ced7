import { parseText } from "media-captions";
import { plainText, type SubtitleLine } from "./line.ts";

/**
 * Reads the lines of a `.srt` or `.vtt` file. What is no cue is passed over, as players do.
 *
 * @example
 * ```ts
 * import { parseSubtitles } from "./parse.ts";
 * import assert from "node:assert/strict";
 *
 * const file = new TextEncoder().encode("1\n00:00:01,000 --> 00:00:02,500\n<i>Hello!</i>\n");
 * assert.deepEqual(await parseSubtitles(file, "srt"), [{ start: 1, end: 2.5, text: "Hello!" }]);
 * ```
 *
 * @param bytes The file: UTF-8, UTF-16 with its mark, or else taken for Windows-1252.
 * @param type What it is.
 * @returns Its lines in order of time; none where it has none.
 */
export async function parseSubtitles(
  bytes: Uint8Array,
  type: "srt" | "vtt",
): Promise<SubtitleLine[]> {
  const { cues } = await parseText(decode(bytes), { type });
  return cues
    .map(({ startTime, endTime, text }) => ({
      start: startTime,
      end: Math.max(startTime, endTime),
      text: plainText(text),
    }))
    .filter(({ text }) => text !== "")
    .sort((a, b) => a.start - b.start);
}

function decode(bytes: Uint8Array): string {
  const marked = bytes[0] === 0xff && bytes[1] === 0xfe
    ? "utf-16le"
    : bytes[0] === 0xfe && bytes[1] === 0xff
    ? "utf-16be"
    : null;
  if (marked) return new TextDecoder(marked).decode(bytes);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}
