/** What is looked for: all texts and images count equally. */
export interface Query {
  /** What happens, in words. */
  readonly texts?: readonly string[];
  /** Paths of images that the moment should look like. */
  readonly images?: readonly string[];
  /** What should not happen, in words: half of its score is taken off. */
  readonly not?: readonly string[];
}

/** How to look for it. */
export interface SearchOptions {
  /** How many moments are returned. Defaults to 10. */
  readonly top?: number;
  /** How many of the best moments are passed over: the pages before this one. Defaults to 0. */
  readonly offset?: number;
  /** Leaves out moments whose score is below this. */
  readonly minScore?: number;
  /**
   * `skrr` scores by sentence–frame, sentence–patch and word–patch similarity; `hvd` partitions the
   * frames by the query first. Left out, it is `skrr`, and as long as the model has no trained
   * heads only its sentence–frame similarity, since patches of plain CLIP are not aligned with text.
   */
  readonly mode?: "skrr" | "hvd";
  /** How many clips are scored exactly, after all were scored by one vector. Defaults to 100. */
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
export interface Moment {
  /** From 1. */
  readonly rank: number;
  /** The absolute path of the video. */
  readonly video: string;
  /** Where the clip begins, in seconds. */
  readonly start: number;
  /** Where the clip ends, in seconds. */
  readonly end: number;
  /** The time of the frame nearest to the query, in seconds. */
  readonly at: number;
  /** The weighted sum of the similarities, of all texts and images. */
  readonly score: number;
  /** What the texts contributed to the score. */
  readonly similarities: Similarities;
}

/** The answer to a query. */
export interface SearchResult {
  /** The query in one line, as it was understood. */
  readonly query: string;
  /** The name of the model that the index was made with. */
  readonly model: string;
  /** Best first. */
  readonly moments: readonly Moment[];
  /** What the user should know: a text that was cut, a lesser way of scoring. */
  readonly notices: readonly string[];
}
