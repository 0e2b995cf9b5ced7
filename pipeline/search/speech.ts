/**
 * Searching what is said: BM25 over the subtitles of each clip.
 *
 * S. Robertson and H. Zaragoza, The Probabilistic Relevance Framework: BM25 and Beyond (2009),
 * equation 3.15, with the idf of equation 3.3 kept above 0.
 *
 * @module
 */
import type { CoarseClips } from "../../store/coarse_clips.ts";
import type { VideoSubtitles } from "../../store/subtitle_store.ts";
import { wordsOf } from "../subtitles/words.ts";

/** k₁: how soon a word that comes again counts no more. */
const K1 = 1.2;

/** b: how much a long text is held against it. */
const B = 0.75;

/**
 * Clips that are thought of as being there too and saying none of the words, so that how rare a word
 * is does not hang on the few clips of a small index.
 */
const SILENT = 100;

/**
 * Words of English that say nothing by themselves, as they are compared. In other languages, and
 * beyond these, it is by their number that common words count little.
 */
const FUNCTION_WORDS: ReadonlySet<string> = new Set(
  wordsOf(
    "a about above after all along am an and any are around as at be been before being below " +
      "between both but by can could did do does doing down during each for from further had has " +
      "have having he her here hers him his how i if in into is it its just me more most my no nor " +
      "not of off on once only or other our out over own same she should so some such than that " +
      "the their them then there these they this those through to too under until up very was we " +
      "were what when where which while who whom why will with would you your",
  ),
);

/**
 * The least share of a query's words that a clip must have, weighted by how rare they are. Below it
 * the words in common are those that all texts have in common.
 */
const LEAST_COVERAGE = 0.5;

/** A clip in which the words of a query are said. */
export interface SpeechHit {
  /** Which clip it is of all. */
  readonly index: number;
  /** The score of BM25; above 0. */
  readonly score: number;
  /** The share of the query's words that are said in it, weighted by idf: 0.5 to 1. */
  readonly coverage: number;
}

/** Where a line stands: in which video, as which of its lines. */
export interface LinePlace {
  /** The id of the video. */
  readonly video: string;
  readonly line: number;
  /** Seconds. */
  readonly start: number;
  /** Seconds. */
  readonly end: number;
}

type Words = Pick<VideoSubtitles, "video" | "starts" | "ends" | "words">;

/** What is said in one clip. */
interface Spoken {
  readonly index: number;
  readonly video: Words;
  /** The lines that overlap the clip: from, and up to. */
  readonly from: number;
  readonly to: number;
  /** The words of all of them, with a space around each. */
  readonly text: string;
  readonly length: number;
}

/** The words that are said in the clips of an index. */
export class Speech {
  readonly #clips: readonly Spoken[];
  readonly #meanLength: number;

  /**
   * @param clips All clips.
   * @param subtitles The subtitles of those videos that have some.
   */
  constructor(clips: CoarseClips, subtitles: readonly Words[]) {
    const byVideo = new Map(subtitles.map((it) => [it.video, it]));
    const spoken: Spoken[] = [];
    for (let index = 0; index < clips.length; index++) {
      const video = byVideo.get(clips.videos[clips.video[index]].video);
      if (!video) continue;
      const [from, to] = overlapping(video, clips.start[index], clips.end[index]);
      const words = video.words.slice(from, to).filter((line) => line !== "").join(" ");
      if (words === "") continue;
      let length = 1;
      for (let i = 0; i < words.length; i++) if (words.charCodeAt(i) === 32) length++;
      spoken.push({ index, video, from, to, text: ` ${words} `, length });
    }
    this.#clips = spoken;
    this.#meanLength = spoken.reduce((sum, { length }) => sum + length, 0) / spoken.length;
  }

  /**
   * Ranks the clips by what is said in them.
   *
   * @param query Any text.
   * @returns The clips that say enough of it, best first.
   */
  rank(query: string): SpeechHit[] {
    const terms = termsOf(query);
    const counts = terms.map((term) => this.#clips.map(({ text }) => countOf(text, ` ${term} `)));
    const weights = counts.map((of) => {
      const n = of.reduce((sum, count) => sum + Math.sign(count), 0);
      return Math.log(1 + (this.#clips.length + SILENT - n + 0.5) / (n + 0.5)); // idf
    });
    const all = weights.reduce((sum, weight) => sum + weight, 0);
    const hits: SpeechHit[] = [];
    this.#clips.forEach(({ index, length }, i) => {
      let score = 0, covered = 0;
      terms.forEach((_, t) => {
        const count = counts[t][i];
        if (count === 0) return;
        covered += weights[t];
        const long = 1 - B + B * length / this.#meanLength;
        score += weights[t] * count * (K1 + 1) / (count + K1 * long); // eq. 3.15
      });
      const coverage = covered / all;
      if (coverage >= LEAST_COVERAGE) hits.push({ index, score, coverage });
    });
    return hits.sort((a, b) => b.score - a.score || a.index - b.index);
  }

  /**
   * Finds the line of a clip that says most of a query.
   *
   * @param index Which clip it is of all; one that {@linkcode rank} gave.
   */
  bestLine(index: number, query: string): LinePlace {
    const { video, from, to } = this.#clips.find((clip) => clip.index === index)!;
    const terms = termsOf(query);
    let line = from, most = -1;
    for (let i = from; i < to; i++) {
      const said = ` ${video.words[i]} `;
      const count = terms.filter((term) => said.includes(` ${term} `)).length;
      if (count > most) [line, most] = [i, count];
    }
    return { video: video.video, line, start: video.starts[line], end: video.ends[line] };
  }
}

/** What of a text is looked for: function words only where there are no others. */
function termsOf(query: string): string[] {
  const words = [...new Set(wordsOf(query))];
  const telling = words.filter((word) => !FUNCTION_WORDS.has(word));
  return telling.length > 0 ? telling : words;
}

/** The lines, in order of their beginnings, that overlap a span: from, and up to. */
function overlapping({ starts, ends }: Words, start: number, end: number): [number, number] {
  let to = 0;
  for (let high = starts.length; to < high;) {
    const middle = (to + high) >> 1;
    if (starts[middle] < end) to = middle + 1;
    else high = middle;
  }
  let from = to;
  // A line that is shown for long may begin before many that are over.
  for (let i = to - 1; i >= 0 && starts[i] > start - LONGEST_LINE; i--) {
    if (ends[i] > start) from = i;
  }
  return [from, to];
}

/** Seconds that a line is shown at most. */
const LONGEST_LINE = 60;

function countOf(text: string, part: string): number {
  let count = 0;
  // The space behind one word is that before the next.
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length - 1)) count++;
  return count;
}
