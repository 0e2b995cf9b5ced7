import type { SubtitleLine } from "../subtitles/line.ts";
import type { Match } from "./calibration.ts";

/** What is looked for: all texts, images and clips count equally. */
export interface Query {
  /** What happens, in words. */
  readonly texts?: readonly string[];
  /**
   * Images that the moment should look like: paths, or what `VideoIndex.encodeImage` made of one.
   */
  readonly images?: readonly (string | Float32Array)[];
  /** Ids of clips that the moment should look like; they are not found themselves. */
  readonly like?: readonly string[];
  /** What should not happen, in words: half of its score is taken off. */
  readonly not?: readonly string[];
}

/** How to look for it. */
export interface SearchOptions {
  /** How many moments are returned. Defaults to 10. */
  readonly top?: number;
  /** How many of the best moments are passed over: the pages before this one. Defaults to 0. */
  readonly offset?: number;
  /** Leaves out moments whose score is below this, unless what is said in them fits. */
  readonly minScore?: number;
  /**
   * `skrr` scores by sentence–frame, sentence–patch and word–patch similarity; `hvd` partitions the
   * frames by the query first. Left out, it is what the model's heads were trained for; without
   * trained heads it is sentence–frame similarity alone, since patches of plain CLIP are not aligned
   * with text.
   */
  readonly mode?: "skrr" | "hvd";
  /** To how many of the best clips word–patch similarity is added. Defaults to 100. */
  readonly candidates?: number;
  /** Only videos whose path matches this glob. */
  readonly path?: string;
  /** Only videos made at or after this date. */
  readonly after?: Date;
  /** Only videos made before this date. */
  readonly before?: Date;
  /** Only videos longer than this many seconds. */
  readonly longer?: number;
  /** Only videos shorter than this many seconds. */
  readonly shorter?: number;
  /** Leaves out clips that are near-identical to a better one. */
  readonly dedupe?: boolean;
  /** Searches only what is seen, or only what is said. Defaults to both. */
  readonly only?: "picture" | "speech";
  /** Shows the moments of a video together: `top` and `offset` count videos. */
  readonly groupByVideo?: boolean;
}

/** The similarities that make up a score; null where the way of scoring has no such one. */
export interface Similarities {
  /** S_{Ts,Vf}, equation 5. */
  readonly sentenceFrame: number | null;
  /** S_{Ts,Vp}, equation 9. */
  readonly sentencePatch: number | null;
  /** S_{Tw,Vp}, equations 1 and 8. */
  readonly wordPatch: number | null;
}

/** A clip that was found. */
export interface FoundClip {
  /** The id of the clip in the index. */
  readonly clip: string;
  /** The absolute path of the video. */
  readonly video: string;
  /** The same, relative to the folder around the index, with `/` between its parts. */
  readonly path: string;
  /** Where the clip begins, in seconds. */
  readonly start: number;
  /** Where the clip ends, in seconds. */
  readonly end: number;
  /**
   * The time of the frame nearest to the query, in seconds; of a clip that only its words found, of
   * the frame at which they begin.
   */
  readonly at: number;
  /** Which frame of the clip that is, from 0. */
  readonly frame: number;
  /** The cosine of what is wanted and the nearest frame. */
  readonly cosine: number;
  /** The weighted sum of the similarities, of all texts and images. */
  readonly score: number;
  /** What the texts contributed to the score. */
  readonly similarities: Similarities;
  /** What of it fits the query: what is seen, what is said, or both. */
  readonly matched: "picture" | "speech" | "both";
  /** The line that says most of the query; null where only what is seen fits. */
  readonly line: SubtitleLine | null;
  /** The length of the whole video in seconds, or null where it does not say. */
  readonly duration: number | null;
  /** When the video was made, or null where it does not say. */
  readonly created: Date | null;
}

/** A result: a clip that was found, or the best of a video's. */
export interface Moment extends FoundClip {
  /** From 1. */
  readonly rank: number;
  /** Further clips of the video, best first, where they are shown together; at most 11. */
  readonly others: readonly FoundClip[];
}

/** The answer to a query. */
export interface SearchResult {
  /** The query in one line, as it was understood. */
  readonly query: string;
  /** The name of the model that the index was made with. */
  readonly model: string;
  /** Best first. */
  readonly moments: readonly Moment[];
  /** Whether there are moments after these. */
  readonly more: boolean;
  /**
   * How sure it is that the index holds what the texts say; null without texts, in another mode than
   * the usual one, and until `VideoIndex.calibrate` has measured the index.
   */
  readonly match: Match | null;
  /** What the user should know: a text that was cut, a lesser way of scoring. */
  readonly notices: readonly string[];
}
