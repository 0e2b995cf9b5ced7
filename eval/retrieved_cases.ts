import { textToVideoRanks } from "./metrics.ts";
import type { SimilarityMatrix } from "./similarity_matrix.ts";

/** What a query found. */
export interface RetrievedCase {
  /** Which row of the matrix. */
  readonly query: number;
  /** The rank of the right video. */
  readonly rank: number;
  /** The best videos, best first; the right one at the end where it is not among them. */
  readonly found: readonly {
    readonly video: number;
    /** From 1; of equal videos the first is ahead. */
    readonly place: number;
    readonly similarity: number;
    readonly right: boolean;
  }[];
}

/**
 * Chooses queries that find their video at once and queries that do not: evenly spread over the
 * queries, so that nobody picks the nice ones.
 *
 * @param count How many of each kind, at most.
 * @param shown How many of the best videos are told.
 */
export function retrievedCases(
  matrix: SimilarityMatrix,
  count: number,
  shown = 5,
): { successes: RetrievedCase[]; failures: RetrievedCase[] } {
  const ranks = textToVideoRanks(matrix);
  const queries = Array.from(ranks, (_, query) => query);
  const spread = (of: readonly number[]) =>
    Array.from(
      { length: Math.min(count, of.length) },
      (_, i) => of[Math.floor((i + 0.5) * of.length / Math.min(count, of.length))],
    );
  const cases = (of: readonly number[]) =>
    spread(of).map((query) => retrieved(matrix, query, ranks[query], shown));
  return {
    successes: cases(queries.filter((query) => ranks[query] === 1)),
    failures: cases(queries.filter((query) => ranks[query] > 1)),
  };
}

function retrieved(
  { values, videos, videoOf }: SimilarityMatrix,
  query: number,
  rank: number,
  shown: number,
): RetrievedCase {
  const scores = values.subarray(query * videos, (query + 1) * videos);
  const order = Array.from(scores, (_, video) => video)
    .sort((a, b) => scores[b] - scores[a] || a - b);
  const found = order.map((video, i) => ({
    video,
    place: i + 1,
    similarity: scores[video],
    right: video === videoOf[query],
  })).filter(({ place, right }) => place <= shown || right);
  return { query, rank, found };
}
