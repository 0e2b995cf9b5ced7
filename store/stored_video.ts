import type { Arrow } from "./arrow.ts";
import { numbers } from "./schema.ts";
import { textColumn } from "./text_column.ts";

/** What an index holds of one video. */
export interface StoredVideo {
  /** The id of the video. */
  readonly video: string;
  /** The path relative to the index's root, with `/` between its parts. */
  readonly path: string;
  /** The size of the file in bytes when it was read. */
  readonly size: number;
  /** When the file was modified: milliseconds since 1970. */
  readonly modified: number;
  /** The fingerprint of the file's content. */
  readonly fingerprint: string;
  /** How many clips the video has. */
  readonly clips: number;
  /** Which of its clips are stored, ascending. All of them are there when it has `clips` entries. */
  readonly stored: readonly number[];
}

/** The columns that {@linkcode collectVideos} reads. */
export const VIDEO_COLUMNS: readonly string[] = [
  "video",
  "clip",
  "clips",
  "path",
  "size",
  "modified",
  "fingerprint",
];

/**
 * Gathers the rows of an index by video.
 *
 * @param batches Rows with {@linkcode VIDEO_COLUMNS}, in any order.
 * @returns The videos, by id.
 */
export async function collectVideos(
  batches: AsyncIterable<Arrow.RecordBatch>,
): Promise<Map<string, StoredVideo>> {
  const videos = new Map<string, StoredVideo & { stored: number[] }>();
  for await (const batch of batches) {
    const video = textColumn(batch, "video");
    const path = textColumn(batch, "path"), fingerprint = textColumn(batch, "fingerprint");
    const clip = numbers(batch, "clip"), clips = numbers(batch, "clips");
    const size = numbers(batch, "size"), modified = numbers(batch, "modified");
    for (let row = 0; row < batch.numRows; row++) {
      const id = video(row);
      let found = videos.get(id);
      if (!found) {
        found = {
          video: id,
          path: path(row),
          size: size(row)!,
          modified: modified(row)!,
          fingerprint: fingerprint(row),
          clips: clips(row)!,
          stored: [],
        };
        videos.set(id, found);
      }
      found.stored.push(clip(row)!);
    }
  }
  for (const { stored } of videos.values()) stored.sort((a, b) => a - b);
  return videos;
}
