/**
 * How features lie on the disk, so that other programs can read them: a folder with
 * `features.safetensors` and `features.json`.
 *
 * | tensor | type | shape | |
 * |---|---|---|---|
 * | `frame_counts` | I32 | [n] | valid frames of each video |
 * | `frames` | F16 or F32 | [n, F, D] | V_f: each frame's projected class token |
 * | `patches` | F16 or F32 | [n, F·P, D] | V_p: projected patch tokens, frame after frame, row by row |
 * | `sentences` | F16 or F32 | [c, D] | T_s: the projected end-of-text token of each caption |
 * | `words` | F16 or F32 | [c, W, D] | T_w: every projected token, begin and end included |
 * | `recovered_sentences` | F16 or F32 | [n, S, D] | the same of each video's recovered captions |
 * | `recovered_words` | F16 or F32 | [n, S, W, D] | |
 * | `word_mask` | U8 | [c, W] | 1 where there is a word |
 * | `recovered_mask` | U8 | [n, S, W] | 1 where there is a word; all 0 where there is no caption |
 * | `fingerprints` | U8 | [n, 32] | a hash of each video's file |
 *
 * No token is normalised; what is behind the valid frames and words is 0. The JSON file is a
 * {@linkcode FeatureManifest}; its `key` is also in the safetensors header, and equal where the
 * two belong together.
 *
 * @module
 */
import type { Precision } from "../models/clip/tower.ts";
import type { SafetensorsType, TensorShape } from "../models/safetensors.ts";

/** The number format of the tokens. */
export type TokenType = Extract<SafetensorsType, "F16" | "F32">;

/** Grows when the layout changes. */
export const FEATURE_FORMAT = 1;

/** The names of the files in a folder of features. */
export const TENSORS_FILE = "features.safetensors";
export const MANIFEST_FILE = "features.json";

/** What `features.json` holds. */
export interface FeatureManifest {
  /** {@linkcode FEATURE_FORMAT} */
  readonly format: number;
  /** SHA-256 of all that the tokens depend on: weights, videos, captions and the settings below. */
  readonly key: string;
  /** The data set's name. */
  readonly dataset: string;
  readonly split: string;
  readonly model: {
    readonly name: string;
    readonly revision: string | null;
    readonly fingerprint: string;
    /** The number format of the towers' matrix products. */
    readonly precision: Precision;
  };
  readonly dtype: TokenType;
  /** D */
  readonly dim: number;
  /** F, the most frames of a video. */
  readonly frames: number;
  /** Frames a second that the frames were taken from; null for all. */
  readonly fps: number | null;
  /** P, the patches of a frame. */
  readonly patches: number;
  /** W, the most words of a text. */
  readonly words: number;
  /** S, the most recovered captions of a video. */
  readonly recoveredPerVideo: number;
  /** [n] names. */
  readonly videos: readonly string[];
  /** [c]; `video` counts in `videos`. */
  readonly captions: readonly { readonly text: string; readonly video: number }[];
  /** [n] lists of at most S texts. */
  readonly recovered: readonly (readonly string[])[];
}

/** The tensors of a folder of features, in their order on the disk. */
export function featureTensors(manifest: FeatureManifest): TensorShape[] {
  const { dtype, dim, frames, patches, words, recoveredPerVideo } = manifest;
  const n = manifest.videos.length, c = manifest.captions.length;
  const tokens = (name: string, ...shape: number[]) => ({ name, dtype, shape: [...shape, dim] });
  // The widest type first and the narrowest last: every tensor begins at a multiple of its type.
  return [
    { name: "frame_counts", dtype: "I32", shape: [n] },
    tokens("frames", n, frames),
    tokens("patches", n, frames * patches),
    tokens("sentences", c),
    tokens("words", c, words),
    tokens("recovered_sentences", n, recoveredPerVideo),
    tokens("recovered_words", n, recoveredPerVideo, words),
    { name: "word_mask", dtype: "U8", shape: [c, words] },
    { name: "recovered_mask", dtype: "U8", shape: [n, recoveredPerVideo, words] },
    { name: "fingerprints", dtype: "U8", shape: [n, 32] },
  ];
}
