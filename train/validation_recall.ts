import { textToVideo } from "../eval/metrics.ts";
import type { SimilarityMatrix } from "../eval/similarity_matrix.ts";

/**
 * What a validation split says: R@Sum is to be highest. It is no number where a similarity is none.
 */
export function validationRecall(
  matrix: SimilarityMatrix,
): { score: number; figures: Record<string, number> } {
  if (!matrix.values.every(Number.isFinite)) return { score: NaN, figures: {} };
  const { rSum, r1, r5, r10 } = textToVideo(matrix);
  return { score: rSum, figures: { "R@1": r1, "R@5": r5, "R@10": r10 } };
}
