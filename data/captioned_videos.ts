/** A video with the texts that belong to it. */
export interface CaptionedVideo {
  /** What the data set calls it; no two of a split alike. */
  readonly name: string;
  /** The file. */
  readonly path: string;
  /** Captions by people, each a query of its own; at least one. */
  readonly captions: readonly string[];
  /** Captions by a machine for SKRR's Recover-Path (eq. 4); never used as queries. */
  readonly recovered: readonly string[];
}

/** One split of a data set. */
export interface CaptionedVideos {
  /** The data set, such as `MSR-VTT 1K-A`. */
  readonly name: string;
  /** Which part of it, such as `test`. */
  readonly split: string;
  readonly videos: readonly CaptionedVideo[];
}
