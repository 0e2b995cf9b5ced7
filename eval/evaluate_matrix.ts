import { dualSoftmax } from "./dual_softmax.ts";
import { type Metrics, textToVideo, type Ties, videoToText } from "./metrics.ts";
import { qbNorm } from "./qb_norm.ts";
import type { SimilarityMatrix } from "./similarity_matrix.ts";
import { transposed } from "./transposed.ts";

/** The figures of both directions. */
export interface Directions {
  /** Each caption looks for its video. */
  readonly textToVideo: Metrics;
  /** Each video looks for one of its captions. */
  readonly videoToText: Metrics;
}

/** All figures of a similarity matrix, ties at the best place, as published figures have them. */
export interface MatrixFigures extends Directions {
  /** The figures with ties at the mean of the tied places: the same where nothing ties. */
  readonly meanOfTies: Directions;
  /**
   * After post-processing that uses the other queries of the test set, which a search has not got:
   * not to be compared with figures without it.
   */
  readonly withOtherQueries: {
    /** Dual softmax, temperature 100. */
    readonly dualSoftmax: Directions;
    /** QB-Norm with the test set's queries as its bank, β = 20, k = 1. */
    readonly qbNorm: Directions;
  };
}

/**
 * Takes all figures of a similarity matrix. What looks for something is the query: for
 * video-to-text the videos are post-processed as queries.
 *
 * @throws {RangeError} If the matrix cannot be ranked.
 */
export function evaluateMatrix(matrix: SimilarityMatrix): MatrixFigures {
  const { queries, videos, values } = matrix;
  const turned = transposed(values, queries, videos); // [N, Q]
  const withTies = (ties: Ties): Directions => ({
    textToVideo: textToVideo(matrix, ties),
    videoToText: videoToText(matrix, ties),
  });
  const processed = (
    process: (scores: Float32Array, rows: number, columns: number) => Float32Array,
  ): Directions => ({
    textToVideo: textToVideo({ ...matrix, values: process(values, queries, videos) }, "best"),
    videoToText: videoToText({
      ...matrix,
      values: transposed(process(turned, videos, queries), videos, queries),
    }, "best"),
  });
  return {
    ...withTies("best"),
    meanOfTies: withTies("mean"),
    withOtherQueries: {
      dualSoftmax: processed((scores, rows, columns) => dualSoftmax(scores, rows, columns)),
      qbNorm: processed((scores, rows, columns) =>
        qbNorm(scores, columns, { values: scores, queries: rows })
      ),
    },
  };
}
