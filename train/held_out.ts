/**
 * Splits the features of a training split in two, where a data set has no validation split.
 *
 * @module
 */
import type { Features } from "../features/features.ts";

/** One of so many videos is held out. */
export const HELD_OUT_ONE_OF = 10;

/** The videos to learn from, and those that judge what was learned. */
export function holdOut(features: Features): { training: Features; validation: Features } {
  const videos = [...features.videos.keys()];
  return {
    training: subset(features, videos.filter((video) => video % HELD_OUT_ONE_OF !== 0)),
    validation: subset(features, videos.filter((video) => video % HELD_OUT_ONE_OF === 0)),
  };
}

/**
 * Some videos of a split, with their captions.
 *
 * @param videos Their numbers, in the order that they are to have.
 */
export function subset(features: Features, videos: readonly number[]): Features {
  const place = new Map(videos.map((video, i) => [video, i]));
  const captions = [...features.captions.keys()]
    .filter((caption) => place.has(features.captions[caption].video));
  return {
    model: features.model,
    dim: features.dim,
    frames: features.frames,
    patches: features.patches,
    words: features.words,
    recoveredPerVideo: features.recoveredPerVideo,
    videos: videos.map((video) => features.videos[video]),
    captions: captions.map((caption) => {
      const { text, video } = features.captions[caption];
      return { text, video: place.get(video)! };
    }),
    video: (i) => features.video(videos[i]),
    caption: (i) => features.caption(captions[i]),
    recovered: (i) => features.recovered(videos[i]),
  };
}
