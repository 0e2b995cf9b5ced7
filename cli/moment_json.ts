import type { Moment } from "../mod.ts";

/** A moment as programs are given it: times in seconds to three decimals. */
export function momentJson(moment: Moment): Record<string, unknown> {
  const { rank, video, start, end, at, score, similarities, matched, line } = moment;
  return {
    rank,
    video,
    start: milliseconds(start),
    end: milliseconds(end),
    at: milliseconds(at),
    score,
    similarities: {
      sentence_frame: similarities.sentenceFrame,
      sentence_patch: similarities.sentencePatch,
      word_patch: similarities.wordPatch,
    },
    matched,
    line: line && { ...line, start: milliseconds(line.start), end: milliseconds(line.end) },
  };
}

function milliseconds(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
