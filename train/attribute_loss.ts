/**
 * Learning what is where: regions of pictures and whole pictures against phrases for every value of
 * every attribute.
 *
 * @module
 */
import { nn, numpy as np } from "@jax-js/jax";

/** An attribute as far as its loss is concerned. */
export interface AttributeShape {
  /** How many phrases it has. */
  readonly values: number;
  /** What its loss counts. */
  readonly weight: number;
}

/**
 * Cross-entropy of each region's phrases among all phrases of the same attribute, the mean over the
 * regions that have the attribute, in a weighted sum over attributes. What else is true of the same
 * picture counts neither for nor against a region.
 *
 * @param similarities Of regions with every phrase, [B, R, K], or of whole pictures, [B, 1, K];
 * consumed.
 * @param labels 1 where a phrase is true of a region, else 0, [B, R, K]; consumed.
 * @param attributes Their phrases are K together.
 * @param scale What they are multiplied with, 1/τ; consumed.
 */
export function attributeLoss(
  similarities: np.Array,
  labels: np.Array,
  attributes: readonly AttributeShape[],
  scale: np.Array,
): np.Array {
  const present = labels.ref.max(1, { keepdims: true }); // [B, 1, K]
  const hidden = present.sub(labels.ref).mul(-1e9);
  const logits = similarities.mul(scale).add(hidden);
  let loss = np.array(0);
  let first = 0;
  for (const { values, weight } of attributes) {
    const columns = [first, first + values] as [number, number];
    const own = labels.ref.slice([], [], columns);
    const likelihoods = nn.logSoftmax(logits.ref.slice([], [], columns), 2).mul(own.ref);
    loss = loss.sub(likelihoods.sum().div(own.sum().add(1e-6)).mul(weight));
    first += values;
  }
  logits.dispose();
  labels.dispose();
  return loss;
}
