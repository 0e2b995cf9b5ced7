/**
 * The figures of text-video retrieval: recall at 1, 5 and 10, and the ranks' median and mean.
 *
 * Every query has one rank: 1 + the candidates that score strictly higher. Published figures give
 * a query that ties the best of the tied places, which makes a model that likes everything equally
 * perfect: the mean of the tied places is the default here. The public code of CLIP4Clip and its
 * followers counts a query once for every tie instead.
 *
 * @module
 */
import { checkedMatrix, type SimilarityMatrix } from "./similarity_matrix.ts";

/** Which of the places that it shares with others a query gets. */
export type Ties = "best" | "mean";

/** What the papers' tables hold. */
export interface Metrics {
  /** R@1: the share of the queries whose right answer comes first, in percent. */
  readonly r1: number;
  /** R@5, in percent. */
  readonly r5: number;
  /** R@10, in percent. */
  readonly r10: number;
  /** R@Sum: R@1 + R@5 + R@10. */
  readonly rSum: number;
  /** MdR; of an even number of ranks the mean of the middle two. */
  readonly medianRank: number;
  /** MnR */
  readonly meanRank: number;
}

/**
 * The figures of some ranks.
 *
 * @param ranks From 1; at least one.
 *
 * @example
 * ```ts
 * import { metricsOf } from "./metrics.ts";
 * import assert from "node:assert/strict";
 *
 * const { r1, r5, medianRank } = metricsOf([1, 1, 2, 7]);
 * assert.deepEqual([r1, r5, medianRank], [50, 75, 1.5]);
 * ```
 */
export function metricsOf(ranks: readonly number[] | Float64Array): Metrics {
  const sorted = Float64Array.from(ranks).sort();
  const n = sorted.length;
  const recall = (k: number) => 100 * sorted.filter((rank) => rank <= k).length / n;
  const [r1, r5, r10] = [recall(1), recall(5), recall(10)];
  return {
    r1,
    r5,
    r10,
    rSum: r1 + r5 + r10,
    medianRank: (sorted[(n - 1) >> 1] + sorted[n >> 1]) / 2,
    meanRank: sorted.reduce((sum, rank) => sum + rank, 0) / n,
  };
}

/** The rank of each query's video among all videos: [Q]. */
export function textToVideoRanks(matrix: SimilarityMatrix, ties: Ties = "mean"): Float64Array {
  const { queries, videos, values, videoOf } = checkedMatrix(matrix);
  return Float64Array.from(
    { length: queries },
    (_, q) => rank(values.subarray(q * videos, (q + 1) * videos), videoOf[q], ties),
  );
}

/**
 * The rank of each video's captions among those of all videos, where a video's best caption stands
 * for it: [N]. A video without a caption has no rank, NaN.
 */
export function videoToTextRanks(matrix: SimilarityMatrix, ties: Ties = "mean"): Float64Array {
  const { queries, videos, values, videoOf } = checkedMatrix(matrix);
  const described = new Set(videoOf);
  return Float64Array.from({ length: videos }, (_, video) => {
    if (!described.has(video)) return NaN;
    const best = new Float32Array(videos).fill(-Infinity);
    for (let q = 0; q < queries; q++) {
      const score = values[q * videos + video];
      if (score > best[videoOf[q]]) best[videoOf[q]] = score;
    }
    return rank(best, video, ties);
  });
}

/** The figures of text-to-video retrieval: each query looks for its video. */
export function textToVideo(matrix: SimilarityMatrix, ties: Ties = "mean"): Metrics {
  return metricsOf(textToVideoRanks(matrix, ties));
}

/** The figures of video-to-text retrieval: each video that has captions looks for one of them. */
export function videoToText(matrix: SimilarityMatrix, ties: Ties = "mean"): Metrics {
  return metricsOf(videoToTextRanks(matrix, ties).filter((rank) => !Number.isNaN(rank)));
}

function rank(scores: Float32Array, right: number, ties: Ties): number {
  const own = scores[right];
  let higher = 0, same = 0;
  for (const score of scores) {
    if (score > own) higher++;
    else if (score === own) same++;
  }
  return 1 + higher + (ties === "mean" ? (same - 1) / 2 : 0);
}
