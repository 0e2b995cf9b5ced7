import type { Features } from "../../features/features.ts";
import { Random } from "../../world/random.ts";

/**
 * Features of made-up videos. The frames and captions of a video lie around a point of its own, one
 * frame in two and one patch in six; the second video has fewer frames than the others.
 */
export function randomFeatures(
  { seed = "features", videos = 12, frames = 4, patches = 6, words = 5, dim = 8, recovered = 3 } =
    {},
): Features {
  const random = new Random(seed);
  const noise = (length: number) => Float32Array.from({ length }, () => random.between(-1, 1));
  const around = (point: Float32Array, rows: number, every: number) => {
    const tokens = noise(rows * dim);
    for (let i = 0; i < rows; i += every) {
      for (let c = 0; c < dim; c++) tokens[i * dim + c] += 1.5 * point[c];
    }
    return tokens;
  };
  const all = Array.from({ length: videos }, (_, i) => {
    const point = noise(dim);
    const frameCount = i === 1 ? frames - 1 : frames;
    const tokens = {
      frames: around(point, frames, 2),
      patches: around(point, frames * patches, 6),
      frameCount,
    };
    tokens.frames.fill(0, frameCount * dim);
    tokens.patches.fill(0, frameCount * patches * dim);
    const caption = () => {
      const wordCount = 2 + random.below(words - 1);
      const tokens = around(point, words, 2);
      tokens.fill(0, wordCount * dim);
      return { sentence: around(point, 1, 1), words: tokens, wordCount };
    };
    const texts = Array.from({ length: recovered }, caption);
    return {
      video: tokens,
      captions: [caption(), caption()],
      recovered: {
        sentences: Float32Array.from(texts.flatMap(({ sentence }) => [...sentence])),
        words: Float32Array.from(texts.flatMap(({ words }) => [...words])),
        wordCounts: Int32Array.from(texts, ({ wordCount }) => wordCount),
      },
    };
  });
  return {
    model: "made up",
    dim,
    frames,
    patches,
    words,
    recoveredPerVideo: recovered,
    videos: all.map((_, i) => `video ${i}`),
    captions: all.flatMap((_, video) => [{ text: "a", video }, { text: "b", video }]),
    video: (i) => all[i].video,
    caption: (i) => all[i >> 1].captions[i & 1],
    recovered: (i) => all[i].recovered,
  };
}
