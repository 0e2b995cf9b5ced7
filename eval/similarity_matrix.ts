/** How much every query is like every video. */
export interface SimilarityMatrix {
  /** The number of queries, Q. */
  readonly queries: number;
  /** The number of videos, N. */
  readonly videos: number;
  /** A row a query, a column a video: [Q, N]; higher is more alike. */
  readonly values: Float32Array;
  /**
   * 1 for each pair that was scored exactly, [Q, N]; all where left out. The others of a query only
   * have their order, behind its exact ones.
   */
  readonly exact?: Uint8Array;
  /** The video that each query describes: [Q]. A video may have several queries. */
  readonly videoOf: Int32Array;
}

/**
 * A matrix of pairs: query i describes video i.
 *
 * @param values [N, N]
 * @throws {RangeError} If it is not square.
 */
export function pairedMatrix(values: Float32Array, [queries, videos]: readonly number[]) {
  if (queries !== videos) {
    throw new RangeError(
      `Cannot pair ${queries} queries with ${videos} videos: expected a square matrix, or the ` +
        "data set that says which query describes which video",
    );
  }
  return checkedMatrix({
    queries,
    videos,
    values,
    videoOf: Int32Array.from({ length: queries }, (_, i) => i),
  });
}

/**
 * Checks that a matrix can be ranked.
 *
 * @throws {RangeError} If its sizes do not fit together, or a similarity is not a number.
 */
export function checkedMatrix(matrix: SimilarityMatrix): SimilarityMatrix {
  const { queries, videos, values, videoOf } = matrix;
  if (queries === 0 || videos === 0) throw new RangeError("Cannot rank: the matrix is empty");
  if (values.length !== queries * videos || videoOf.length !== queries) {
    throw new RangeError(
      `Cannot rank: expected ${queries} × ${videos} similarities and ${queries} videos of ` +
        `queries but found ${values.length} and ${videoOf.length}`,
    );
  }
  const wrong = values.findIndex(Number.isNaN);
  if (wrong >= 0) {
    throw new RangeError(
      `Cannot rank: the similarity of query ${Math.floor(wrong / videos)} and video ` +
        `${wrong % videos} is not a number`,
    );
  }
  const stray = videoOf.findIndex((video) => video < 0 || video >= videos);
  if (stray >= 0) {
    throw new RangeError(
      `Cannot rank: query ${stray} describes video ${videoOf[stray]} of ${videos}`,
    );
  }
  return matrix;
}
