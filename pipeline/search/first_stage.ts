/**
 * The first stage of a search, of all clips: SKRR's sentence–frame and sentence–patch are one inner
 * product with a clip's stored one-vector forms, HVD's sentence–frame is taken over the frames that
 * the query spots.
 *
 * @module
 */
import type { FrameRows } from "../../models/hvd/frame_rows.ts";
import type { Scorer } from "../../models/hvd/scorer.ts";
import type { ClipStore } from "../../store/clip_store.ts";
import type { CoarseClips } from "../../store/coarse_clips.ts";
import { AllFrames } from "./all_frames.ts";
import { type ImagePart, vectorsOf, type Weighted, weightedSum } from "./encoded_query.ts";
import type { Scoring } from "./scoring.ts";

/** Scores every clip of an index. */
export class FirstStage {
  readonly #scorer: Scorer;
  readonly #frames: AllFrames;

  constructor(store: ClipStore, scorer: Scorer) {
    this.#scorer = scorer;
    this.#frames = new AllFrames(store);
  }

  /**
   * T̂_s·(u + e) or T̂_s·u of every clip, or S_sf over the frames that a sentence spots in it.
   *
   * @param queries Each a weighted sum of sentences.
   * @returns For each query one a clip: [N].
   */
  async texts(
    queries: readonly (readonly Weighted[])[],
    mode: Scoring["mode"],
    clips: CoarseClips,
  ): Promise<Float32Array[]> {
    if (mode === "hvd") {
      return await this.#frames.compared(clips, queries.length, (rows) =>
        Promise.all(
          queries.map((sentences) =>
            weightedScores(sentences, rows, (sentence) => this.#scorer.spotFrames(sentence, rows))
          ),
        ));
    }
    const scores: Float32Array[] = [];
    for (const sentences of queries) {
      // Weighted sums of products are one product.
      scores.push(
        sentences.length > 0
          ? await this.#scorer.coarse(weightedSum(sentences, clips.dim), clips.vectors)
          : new Float32Array(clips.length),
      );
    }
    return scores;
  }

  /**
   * The best frame's cosine of every clip: no one vector stands for single frames.
   *
   * @returns One a clip: [N]; null without images.
   */
  async images(images: readonly ImagePart[], clips: CoarseClips): Promise<Float32Array | null> {
    if (images.length === 0) return null;
    const [scores] = await this.#frames.compared(clips, 1, async (rows) => [
      await weightedScores(
        vectorsOf(images),
        rows,
        (image) => this.#scorer.nearestFrames(image, rows),
      ),
    ]);
    return scores;
  }
}

/** A sum of scores, one a clip. */
async function weightedScores(
  parts: readonly Weighted[],
  { counts }: FrameRows,
  scoresOf: (vector: Float32Array) => Promise<Float32Array>,
): Promise<Float32Array> {
  const sums = new Float32Array(counts.length);
  for (const { vector, weight } of parts) {
    (await scoresOf(vector)).forEach((score, i) => sums[i] += weight * score);
  }
  return sums;
}
