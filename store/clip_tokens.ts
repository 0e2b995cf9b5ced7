import type { Arrow } from "./arrow.ts";
import { ragged } from "./schema.ts";

/** What the second stage of a search needs of a clip. */
export interface ClipTokens {
  /** The time of each frame in seconds. [F] */
  readonly times: Float64Array;
  /** The projected class token of each frame, not normalised. [F, D] */
  readonly frames: Float16Array;
  /** θ_f: the weight of each frame. [F] */
  readonly frameWeights: Float32Array;
  /** u: the one vector of the frames. [D] */
  readonly framesPooled: Float32Array;
  /** The merged patch tokens, not normalised. [M, D] */
  readonly entities: Float16Array;
  /** θ_p: the weight of each entity. [M] */
  readonly entityWeights: Float32Array;
  /** e: the one vector of the entities. [D] */
  readonly entitiesPooled: Float32Array;
}

/** The columns that {@linkcode clipTokens} reads. */
export const TOKEN_COLUMNS: readonly string[] = [
  "times",
  "frames",
  "frame_weights",
  "frames_pooled",
  "entities",
  "entity_weights",
  "entities_pooled",
];

/**
 * Reads the tokens of each row.
 *
 * @param batch Rows with {@linkcode TOKEN_COLUMNS}.
 * @returns What gives the tokens of a row, copied out of the batch, so that one row kept does not
 * keep them all.
 */
export function clipTokens(batch: Arrow.RecordBatch): (row: number) => ClipTokens {
  const times = ragged(batch, "times", Float64Array);
  const frames = ragged(batch, "frames", Float16Array);
  const frameWeights = ragged(batch, "frame_weights", Float32Array);
  const framesPooled = ragged(batch, "frames_pooled", Float32Array);
  const entities = ragged(batch, "entities", Float16Array);
  const entityWeights = ragged(batch, "entity_weights", Float32Array);
  const entitiesPooled = ragged(batch, "entities_pooled", Float32Array);
  return (row) => ({
    times: times(row)!.slice(),
    frames: frames(row)!.slice(),
    frameWeights: frameWeights(row)!.slice(),
    framesPooled: framesPooled(row)!.slice(),
    entities: entities(row)!.slice(),
    entityWeights: entityWeights(row)!.slice(),
    entitiesPooled: entitiesPooled(row)!.slice(),
  });
}

/**
 * How much memory the tokens of a clip take.
 *
 * @param tokens The tokens of one clip.
 * @returns The bytes of their arrays.
 */
export function tokenBytes(tokens: ClipTokens): number {
  return Object.values(tokens as Record<keyof ClipTokens, ArrayBufferView>)
    .reduce((sum, array) => sum + array.byteLength, 0);
}
