/** A text that belongs to a video of the data set. */
export interface FeatureCaption {
  readonly text: string;
  /** Which of {@linkcode Features.videos}. */
  readonly video: number;
}

/** The tokens of one video, projected, not normalised. */
export interface VideoFeatures {
  /** V_f, zeros behind the valid frames: [F, D]. */
  readonly frames: Float32Array;
  /** V_p, frame after frame, zeros behind the valid frames: [F·P, D]. */
  readonly patches: Float32Array;
  /** How many frames are valid: fewer than F only where the video has fewer. */
  readonly frameCount: number;
}

/** The tokens of one caption, projected, not normalised. */
export interface CaptionFeatures {
  /** T_s: [D]. */
  readonly sentence: Float32Array;
  /** T_w, zeros behind the valid words: [W, D]. */
  readonly words: Float32Array;
  /** How many words are valid, begin and end of the text included. */
  readonly wordCount: number;
}

/** The tokens of a video's recovered captions (eq. 4), projected, not normalised. */
export interface RecoveredFeatures {
  /** [S, D] */
  readonly sentences: Float32Array;
  /** [S, W, D] */
  readonly words: Float32Array;
  /** The valid words of each: [S]; 0 where there is no such caption. */
  readonly wordCounts: Int32Array;
}

/**
 * The tokens that frozen towers give for one split of a data set, read a video or a caption at a
 * time from a safetensors file.
 */
export interface Features {
  /** The model's name. */
  readonly model: string;
  /** D, the width of a token. */
  readonly dim: number;
  /** F, the most frames of a video. */
  readonly frames: number;
  /** P, the patches of a frame. */
  readonly patches: number;
  /** W, the most words of a text. */
  readonly words: number;
  /** The videos' names: n of them. */
  readonly videos: readonly string[];
  /** All captions, a video's one after the other: c of them. */
  readonly captions: readonly FeatureCaption[];
  /** S, the most recovered captions of a video; 0 where the data set has none. */
  readonly recoveredPerVideo: number;
  /**
   * Copies a video's tokens.
   *
   * @throws {RangeError} If there is no such video.
   */
  video(i: number): VideoFeatures;
  /**
   * Copies a caption's tokens.
   *
   * @throws {RangeError} If there is no such caption.
   */
  caption(i: number): CaptionFeatures;
  /**
   * Copies the tokens of a video's recovered captions.
   *
   * @throws {RangeError} If there is no such video.
   */
  recovered(i: number): RecoveredFeatures;
}
