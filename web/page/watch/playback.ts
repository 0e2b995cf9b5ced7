import type { PlaybackResponse } from "../../api/schemas.ts";
import { ask } from "../api.ts";

/** How a video is played here. */
export interface Playback extends PlaybackResponse {
  /** Whether this browser plays the file itself. */
  readonly isPlayable: boolean;
}

const known = new Map<string, Promise<Playback>>();

/**
 * How a video is played in this browser.
 *
 * @throws {ApiError} If its file has moved, or cannot be read.
 */
export function playbackOf(video: string): Promise<Playback> {
  const asked = known.get(video);
  if (asked) return asked;
  const asking = ask<PlaybackResponse>(`/api/videos/${video}/playback`).then((playback) => {
    const plays = document.createElement("video").canPlayType(playback.type) === "probably";
    return { ...playback, isPlayable: playback.direct || plays };
  });
  known.set(video, asking);
  asking.catch(() => known.delete(video));
  return asking;
}
