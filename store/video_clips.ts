import type { Arrow } from "./arrow.ts";
import { numbers } from "./schema.ts";
import { textColumn } from "./text_column.ts";

/** A video and where its clips are. */
export interface VideoClips {
  /** The id of the video. */
  readonly video: string;
  /** The path relative to the index's root, with `/` between its parts. */
  readonly path: string;
  /** The size of the file in bytes when it was read. */
  readonly size: number;
  /** When the file was modified: milliseconds since 1970. */
  readonly modified: number;
  /** The length in seconds, or null where it does not say. */
  readonly duration: number | null;
  /** When the video was made: milliseconds since 1970, or null where it does not say. */
  readonly created: number | null;
  /** Its clips that are stored, in order; times in seconds. */
  readonly clips: readonly {
    readonly clip: number;
    readonly start: number;
    readonly end: number;
  }[];
}

/** The columns that {@linkcode collectVideoClips} reads. */
export const VIDEO_CLIPS_COLUMNS: readonly string[] = [
  "video",
  "clip",
  "path",
  "size",
  "modified",
  "duration",
  "created",
  "start",
  "end",
];

/**
 * Gathers the rows of one video.
 *
 * @param batches Rows with {@linkcode VIDEO_CLIPS_COLUMNS}, in any order.
 * @returns The video, or null where there are no rows.
 */
export function collectVideoClips(batches: readonly Arrow.RecordBatch[]): VideoClips | null {
  let video: Omit<VideoClips, "clips"> | null = null;
  const clips: VideoClips["clips"][number][] = [];
  for (const batch of batches) {
    if (batch.numRows === 0) continue;
    video ??= {
      video: textColumn(batch, "video")(0),
      path: textColumn(batch, "path")(0),
      size: numbers(batch, "size")(0)!,
      modified: numbers(batch, "modified")(0)!,
      duration: numbers(batch, "duration")(0),
      created: numbers(batch, "created")(0),
    };
    const [clip, start, end] = ["clip", "start", "end"].map((name) => numbers(batch, name));
    for (let row = 0; row < batch.numRows; row++) {
      clips.push({ clip: clip(row)!, start: start(row)!, end: end(row)! });
    }
  }
  return video && { ...video, clips: clips.sort((a, b) => a.clip - b.clip) };
}
