/**
 * The losses of the papers over matrices of similarities, texts × videos. Arrays are consumed.
 *
 * @module
 */
import { lax, nn, numpy as np } from "@jax-js/jax";
import type { ParameterSpec } from "./parameters.ts";
import { HIDDEN } from "./similarity.ts";

/**
 * The logarithm of 1/τ. It is clamped after every step, as CLIP does: a loss that took the minimum
 * would give it no gradient back from the highest value, at which trained towers begin.
 *
 * @param first What it begins with.
 */
export function logitScaleSpec(first: number): ParameterSpec {
  const most = Math.log(100);
  return { shape: [], init: { constant: Math.min(first, most) }, decay: false, most };
}

/**
 * Symmetric cross-entropy on the diagonal, the mean of both directions (SKRR eq. 2).
 *
 * @param similarities [B, B]
 * @param scale What they are multiplied with, 1/τ; a scalar.
 * @param there 1 for each pair that is there, 0 for one that is left out, [B]; all where left out.
 */
export function contrastiveLoss(
  similarities: np.Array,
  scale: np.Array,
  there?: np.Array,
): np.Array {
  const [size] = similarities.shape;
  const pairs = there ?? np.ones([size]);
  const logits = withoutAbsent(similarities.mul(scale), pairs.ref);
  const diagonal = np.eye(size).mul(pairs.ref);
  const byText = nn.logSoftmax(logits.ref, 1).mul(diagonal.ref).sum();
  const byVideo = nn.logSoftmax(logits, 0).mul(diagonal).sum();
  return byText.add(byVideo).mul(-0.5).div(numberOf(pairs));
}

/** How the similarities of a path teach those of whole videos. */
export interface DistillationSettings {
  /** Whether similarities are multiplied with 1/τ first, as the contrastive loss does. */
  readonly klScaled: boolean;
  /** Whether texts are compared over videos alone, or videos over texts as well. */
  readonly klDirections: "rows" | "both";
  /** Whether the path's similarities are taken as they are: only the whole videos' learn. */
  readonly klDetached: boolean;
}

/**
 * KL(full ‖ part), the mean over B and over the directions (SKRR eq. 12 with the reference's
 * decisions).
 *
 * @param full Similarities over whole videos, [B, B].
 * @param part Those of a path, [B, B].
 * @param scale 1/τ, a scalar.
 * @param there 1 for each pair that the path has, [B]; all where left out.
 */
export function distillationLoss(
  full: np.Array,
  part: np.Array,
  scale: np.Array,
  { klScaled, klDirections, klDetached }: DistillationSettings,
  there?: np.Array,
): np.Array {
  const [size] = full.shape;
  const pairs = there ?? np.ones([size]);
  const logits = (x: np.Array) => withoutAbsent(klScaled ? x.mul(scale.ref) : x, pairs.ref);
  const student = logits(full);
  const teacher = klDetached ? lax.stopGradient(logits(part)) : logits(part);
  scale.dispose();
  const count = numberOf(pairs);
  if (klDirections === "rows") return rowDivergence(student, teacher).div(count);
  const byText = rowDivergence(student.ref, teacher.ref);
  const byVideo = rowDivergence(student.transpose(), teacher.transpose());
  return byText.add(byVideo).mul(0.5).div(count);
}

/** Σ over the rows of KL(softmax p ‖ softmax q). */
export function rowDivergence(p: np.Array, q: np.Array): np.Array {
  const log = nn.logSoftmax(p, 1);
  return np.exp(log.ref).mul(log.sub(nn.logSoftmax(q, 1))).sum();
}

/**
 * Logits whose rows and columns of absent pairs are all the same and far below the others, [B, B].
 *
 * @param there [B]
 */
function withoutAbsent(logits: np.Array, there: np.Array): np.Array {
  const [size] = there.shape;
  const both = there.ref.reshape([size, 1]).mul(there.reshape([1, size]));
  return logits.mul(both.ref).add(both.sub(1).mul(-HIDDEN));
}

function numberOf(there: np.Array): np.Array {
  return np.maximum(there.sum(), 1);
}
