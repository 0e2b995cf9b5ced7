import { createHash } from "node:crypto";
import type { ReducedClip } from "../models/hvd/reducer.ts";
import { clipId, type ClipRecord } from "../store/record.ts";
import type { DecodedClip } from "./decode/pool.ts";

/** What all clips of a video have in common. */
export interface VideoFacts {
  /** The path as the index stores it. */
  readonly path: string;
  readonly size: number;
  readonly modified: number;
  readonly fingerprint: string;
  readonly created: Date | null;
  readonly duration: number | null;
  /** How many clips it is cut into. */
  readonly clips: number;
}

/** The id of the video that is stored under a path: the same in every process that indexes it. */
export function videoId(path: string): string {
  return createHash("sha256").update(path).digest("hex").slice(0, 32);
}

/**
 * The row of a clip.
 *
 * @param tokens The frame vectors [F, D] and, if they are to be kept, the patch tokens [F·P, D].
 */
export function clipRecord(
  video: VideoFacts,
  clip: DecodedClip,
  tokens: { readonly frames: Float16Array; readonly patches: Float16Array | null },
  reduced: ReducedClip,
): ClipRecord {
  const id = videoId(video.path);
  return {
    id: clipId(id, clip.index),
    video: id,
    clip: clip.index,
    clips: video.clips,
    path: video.path,
    size: video.size,
    modified: video.modified,
    fingerprint: video.fingerprint,
    created: video.created?.getTime() ?? null,
    duration: video.duration,
    start: clip.span.start,
    end: clip.span.end,
    times: clip.times,
    frames: tokens.frames,
    frameWeights: reduced.frameWeights,
    framesPooled: reduced.framesPooled,
    entities: new Float16Array(reduced.entities),
    entityWeights: reduced.entityWeights,
    entitiesPooled: reduced.entitiesPooled,
    rounds: reduced.rounds,
    thumbnails: clip.thumbnails,
    patches: tokens.patches,
  };
}
