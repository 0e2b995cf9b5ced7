import type { ClipStore } from "../../store/clip_store.ts";
import type { ClipFrames } from "../../store/clip_vectors.ts";
import type { ClipRecord } from "../../store/record.ts";

/**
 * The frames of a clip.
 *
 * @throws {Deno.errors.NotFound} If it is not in the index.
 */
export async function indexedFrames(store: ClipStore, clip: string): Promise<ClipFrames> {
  const [frames] = await store.frames([clip]);
  return frames ?? missing(clip);
}

/**
 * All that is stored of a clip.
 *
 * @throws {Deno.errors.NotFound} If it is not in the index.
 */
export async function indexedRecord(store: ClipStore, clip: string): Promise<ClipRecord> {
  const [record] = await store.records([clip]);
  return record ?? missing(clip);
}

function missing(clip: string): never {
  throw new Deno.errors.NotFound(`Cannot find the clip ${clip}: it is not in the index`);
}
