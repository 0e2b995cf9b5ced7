/**
 * The first stage of a search, in memory: one vector a clip, and what filters it.
 *
 * @module
 */
import type { Arrow } from "./arrow.ts";
import { clipId } from "./record.ts";
import { numbers, ragged } from "./schema.ts";
import { textColumn } from "./text_column.ts";

/** What the clips of one video share. */
export interface CoarseVideo {
  /** The id of the video. */
  readonly video: string;
  /** The path relative to the index's root, with `/` between its parts. */
  readonly path: string;
  /** When the video was made: milliseconds since 1970, or null. */
  readonly created: number | null;
  /** The length of the whole video in seconds, or null. */
  readonly duration: number | null;
}

/** All clips of one version of an index, column by column. N is how many there are. */
export interface CoarseClips {
  /** The version of the table that this shows. */
  readonly version: number;
  /** N: how many clips there are. */
  readonly length: number;
  /** D: the width of a vector. */
  readonly dim: number;
  /** Whether the entities count: the vectors are u + e, else u alone. */
  readonly entities: boolean;
  /** One vector a clip, row after row. Its inner product with the unit sentence is the score. [N, D] */
  readonly vectors: Float32Array;
  /** The videos that the clips are from. */
  readonly videos: readonly CoarseVideo[];
  /** The video of each clip: an index into `videos`. [N] */
  readonly video: Uint32Array;
  /** Which clip of its video each one is. [N] */
  readonly clip: Uint32Array;
  /** Where each clip begins, in seconds. [N] */
  readonly start: Float64Array;
  /** Where each clip ends, in seconds. [N] */
  readonly end: Float64Array;
  /** Where the table keeps each clip, good for this version only. [N] */
  readonly rows: BigUint64Array;
}

/** The id of the clip at an index. */
export function idOfClip({ videos, video, clip }: CoarseClips, index: number): string {
  return clipId(videos[video[index]].video, clip[index]);
}

/**
 * The columns that {@linkcode collectCoarse} reads.
 *
 * @param entities Whether the entities count.
 * @returns Their names.
 */
export function coarseColumns(entities: boolean): string[] {
  const pooled = entities ? ["frames_pooled", "entities_pooled"] : ["frames_pooled"];
  return ["video", "clip", "path", "created", "duration", "start", "end", ...pooled];
}

/**
 * Gathers the coarse form of all clips. Batches are read one at a time, so the peak is the result
 * and a batch or two.
 *
 * @param batches Rows with {@linkcode coarseColumns} and their row ids.
 * @param shape How many rows there are, their width, the version, and whether entities count.
 * @returns The clips, in the table's order.
 */
export async function collectCoarse(
  batches: AsyncIterable<Arrow.RecordBatch>,
  shape: Pick<CoarseClips, "version" | "length" | "dim" | "entities">,
): Promise<CoarseClips> {
  const { length, dim, entities } = shape;
  const vectors = new Float32Array(length * dim);
  const video = new Uint32Array(length), clip = new Uint32Array(length);
  const start = new Float64Array(length), end = new Float64Array(length);
  const rows = new BigUint64Array(length);
  const videos: CoarseVideo[] = [];
  const places = new Map<string, number>();
  let at = 0;
  for await (const batch of batches) {
    const ids = textColumn(batch, "video"), paths = textColumn(batch, "path");
    const created = numbers(batch, "created"), duration = numbers(batch, "duration");
    const count = batch.numRows;
    if (count === 0) continue;
    for (let row = 0; row < count; row++) {
      const id = ids(row);
      let place = places.get(id);
      if (place === undefined) {
        place = videos.length;
        places.set(id, place);
        videos.push({
          video: id,
          path: paths(row),
          created: created(row),
          duration: duration(row),
        });
      }
      video[at + row] = place;
    }
    clip.set(batch.getChild("clip")!.data[0].values as Int32Array, at);
    start.set(batch.getChild("start")!.data[0].values as Float64Array, at);
    end.set(batch.getChild("end")!.data[0].values as Float64Array, at);
    rows.set(batch.getChild("_rowid")!.data[0].values as BigUint64Array, at);
    vectors.set(whole(batch, "frames_pooled", dim), at * dim);
    if (entities) add(vectors, whole(batch, "entities_pooled", dim), at * dim);
    at += count;
  }
  return { ...shape, vectors, videos, video, clip, start, end, rows };
}

/** A column of vectors as one array. */
function whole(batch: Arrow.RecordBatch, name: string, dim: number): Float32Array {
  const first = ragged(batch, name, Float32Array)(0)!;
  return new Float32Array(first.buffer, first.byteOffset, batch.numRows * dim);
}

/** vectors[at…] += more */
function add(vectors: Float32Array, more: Float32Array, at: number): void {
  for (let i = 0; i < more.length; i++) vectors[at + i] += more[i];
}
