import type { Arrow } from "./arrow.ts";
import { ragged } from "./schema.ts";

/**
 * What showing a clip in a result needs: its frames, and its one-vector forms for the similarities
 * one by one. F is the number of frames, D the width of a vector.
 */
export interface ClipFrames {
  /** The time of each frame in seconds. [F] */
  readonly times: Float64Array;
  /** The projected class token of each frame, not normalised. [F, D] */
  readonly frames: Float16Array;
  /** u: the one vector of the frames. [D] */
  readonly framesPooled: Float32Array;
  /** e: the one vector of the entities. [D] */
  readonly entitiesPooled: Float32Array;
}

/**
 * What comparing a clip word by word needs: its entities. M is their number, D the width of a
 * vector.
 */
export interface ClipEntities {
  /** The merged patch tokens, not normalised. [M, D] */
  readonly entities: Float16Array;
  /** θ_p: the weight of each entity. [M] */
  readonly entityWeights: Float32Array;
}

/** The columns that {@linkcode clipFrames} reads. */
export const FRAME_COLUMNS: readonly string[] = [
  "times",
  "frames",
  "frames_pooled",
  "entities_pooled",
];

/** The columns that {@linkcode clipEntities} reads. */
export const ENTITY_COLUMNS: readonly string[] = ["entities", "entity_weights"];

/**
 * Reads the frames of each row.
 *
 * @param batch Rows with {@linkcode FRAME_COLUMNS}.
 * @returns What gives the frames of a row, copied out of the batch, so that one row kept does not
 * keep them all.
 */
export function clipFrames(batch: Arrow.RecordBatch): (row: number) => ClipFrames {
  const times = ragged(batch, "times", Float64Array);
  const frames = ragged(batch, "frames", Float16Array);
  const framesPooled = ragged(batch, "frames_pooled", Float32Array);
  const entitiesPooled = ragged(batch, "entities_pooled", Float32Array);
  return (row) => ({
    times: times(row)!.slice(),
    frames: frames(row)!.slice(),
    framesPooled: framesPooled(row)!.slice(),
    entitiesPooled: entitiesPooled(row)!.slice(),
  });
}

/**
 * Reads the entities of each row.
 *
 * @param batch Rows with {@linkcode ENTITY_COLUMNS}.
 * @returns What gives the entities of a row, copied out of the batch.
 */
export function clipEntities(batch: Arrow.RecordBatch): (row: number) => ClipEntities {
  const entities = ragged(batch, "entities", Float16Array);
  const entityWeights = ragged(batch, "entity_weights", Float32Array);
  return (row) => ({
    entities: entities(row)!.slice(),
    entityWeights: entityWeights(row)!.slice(),
  });
}
