/**
 * What the two towers of CLIP hand to the stages after them.
 *
 * @module
 */

/** The tokens of one clip: every frame's class token and patch tokens, projected, not normalised. */
export interface FrameTokens {
  /** F, how many frames the clip has. */
  readonly frameCount: number;
  /** P, how many patches a frame is cut into. */
  readonly patchesPerFrame: number;
  /** D, the width of the space that pictures and texts share. */
  readonly dim: number;
  /** The projected class token of each frame, [F, D]. */
  readonly frames: Float32Array;
  /** The projected patch tokens, frame after frame and row by row, [F·P, D]. */
  readonly patches: Float32Array;
}

/** The tokens of one text, projected, not normalised. */
export interface TextTokens {
  /** The projected end-of-text token, [D]. */
  readonly sentence: Float32Array;
  /** Every projected token, [W, D]: the begin and the end of the text count as words. */
  readonly words: Float32Array;
  /** W, how many tokens the text has; there is no padding. */
  readonly wordCount: number;
  /** The tokens as text, W of them. */
  readonly pieces: readonly string[];
  /** Whether the text was longer than the model's context and lost its end. */
  readonly truncated: boolean;
}
