/**
 * The losses of the papers over matrices of similarities, texts × videos. Arrays are consumed.
 *
 * @module
 */
import { lax, nn, numpy as np } from "@jax-js/jax";

/** The highest that exp(logit_scale) may become, as in CLIP. */
export const MAX_LOGIT_SCALE = Math.log(100);

/**
 * Symmetric cross-entropy on the diagonal, the mean of both directions (SKRR eq. 2).
 *
 * @param similarities [B, B]
 * @param scale What they are multiplied with, 1/τ; a scalar.
 */
export function contrastiveLoss(similarities: np.Array, scale: np.Array): np.Array {
  const [size] = similarities.shape;
  const logits = similarities.mul(scale);
  const diagonal = np.eye(size);
  const byText = nn.logSoftmax(logits.ref, 1).mul(diagonal.ref).sum();
  const byVideo = nn.logSoftmax(logits, 0).mul(diagonal).sum();
  return byText.add(byVideo).mul(-0.5 / size);
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
 */
export function distillationLoss(
  full: np.Array,
  part: np.Array,
  scale: np.Array,
  { klScaled, klDirections, klDetached }: DistillationSettings,
): np.Array {
  const [size] = full.shape;
  const scaled = (x: np.Array) => klScaled ? x.mul(scale.ref) : x;
  const student = scaled(full);
  const teacher = klDetached ? lax.stopGradient(scaled(part)) : scaled(part);
  scale.dispose();
  if (klDirections === "rows") return rowDivergence(student, teacher).mul(1 / size);
  const byText = rowDivergence(student.ref, teacher.ref);
  const byVideo = rowDivergence(student.transpose(), teacher.transpose());
  return byText.add(byVideo).mul(0.5 / size);
}

/** Σ over the rows of KL(softmax p ‖ softmax q). */
export function rowDivergence(p: np.Array, q: np.Array): np.Array {
  const log = nn.logSoftmax(p, 1);
  return np.exp(log.ref).mul(log.sub(nn.logSoftmax(q, 1))).sum();
}
