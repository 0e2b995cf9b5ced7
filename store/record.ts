/**
 * One row of the index.
 *
 * @module
 */

/** One round of the patch merge: which cluster each input token went to, and how much it counted. */
export interface MergeRound {
  /** The cluster of each input token of this round. */
  readonly labels: Uint16Array;
  /** The importance of each input token of this round, before any softmax. */
  readonly importance: Float32Array;
}

/**
 * A clip: a span of a video, with all that searching and showing it needs. F is the number of its
 * frames, P of patches a frame, M of its entities, D the width of the model's shared space.
 */
export interface ClipRecord {
  /** `${video}#${clip}`; see {@linkcode clipId}. */
  readonly id: string;
  /** The id of the video, which its stored path determines. No `#` and no quote. */
  readonly video: string;
  /** Which clip of the video this is, from 0. */
  readonly clip: number;
  /** How many clips the video has: it is complete when all of them are stored. */
  readonly clips: number;
  /** The path relative to the index's root, with `/` between its parts. */
  readonly path: string;
  /** The size of the file in bytes. */
  readonly size: number;
  /** When the file was modified: whole milliseconds since 1970. */
  readonly modified: number;
  /** The fingerprint of the file's content. */
  readonly fingerprint: string;
  /** When the video was made: whole milliseconds since 1970, or null where it does not say. */
  readonly created: number | null;
  /** The length of the whole video in seconds, or null where it does not say. */
  readonly duration: number | null;
  /** Where the clip begins, in seconds. */
  readonly start: number;
  /** Where the clip ends, in seconds. */
  readonly end: number;
  /** The time of each frame in seconds. [F] */
  readonly times: Float64Array;
  /** The projected class token of each frame, not normalised. [F, D] */
  readonly frames: Float16Array;
  /** θ_f: the weight of each frame. [F] */
  readonly frameWeights: Float32Array;
  /** u = Σ θ_f f̂: the one vector of the frames. [D] */
  readonly framesPooled: Float32Array;
  /** The merged patch tokens, not normalised. [M, D] */
  readonly entities: Float16Array;
  /** θ_p: the weight of each entity. [M] */
  readonly entityWeights: Float32Array;
  /** e = Σ θ_p p̂: the one vector of the entities. [D] */
  readonly entitiesPooled: Float32Array;
  /** How the patches were merged, round after round, for drawing them. */
  readonly rounds: readonly MergeRound[];
  /** A small JPEG of each frame. [F] */
  readonly thumbnails: readonly Uint8Array[];
  /** The projected patch tokens, only in an index that keeps them. [F·P, D] */
  readonly patches: Float16Array | null;
}

/**
 * The id of a clip.
 *
 * @example
 * ```ts
 * import { clipId } from "./record.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(clipId("5f2a", 3), "5f2a#3");
 * ```
 *
 * @param video The id of its video.
 * @param clip Which clip of the video it is, from 0.
 * @returns The id under which the index keeps the clip.
 */
export function clipId(video: string, clip: number): string {
  return `${video}#${clip}`;
}
