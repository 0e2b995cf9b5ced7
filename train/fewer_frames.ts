/**
 * Features with some of their frames left out, for comparing numbers of frames.
 *
 * @module
 */
import type { Features } from "../features/features.ts";

/**
 * Keeps `frames` frames of each video, spread over those there are.
 *
 * @throws {RangeError} If there are fewer.
 */
export function fewerFrames(features: Features, frames: number): Features {
  if (frames === features.frames) return features;
  if (frames > features.frames) {
    throw new RangeError(
      `Cannot take ${frames} frames: the features have ${features.frames} a video`,
    );
  }
  const { dim, patches } = features;
  return {
    model: features.model,
    dim,
    frames,
    patches,
    words: features.words,
    videos: features.videos,
    captions: features.captions,
    recoveredPerVideo: features.recoveredPerVideo,
    caption: (i) => features.caption(i),
    recovered: (i) => features.recovered(i),
    video(i) {
      const all = features.video(i);
      const frameCount = Math.min(frames, all.frameCount);
      const part = {
        frames: new Float32Array(frames * dim),
        patches: new Float32Array(frames * patches * dim),
        frameCount,
      };
      for (let f = 0; f < frameCount; f++) {
        const from = Math.floor((f + 0.5) * all.frameCount / frameCount);
        const rows = (tokens: Float32Array, each: number) =>
          tokens.subarray(from * each, (from + 1) * each);
        part.frames.set(rows(all.frames, dim), f * dim);
        part.patches.set(rows(all.patches, patches * dim), f * patches * dim);
      }
      return part;
    },
  };
}
