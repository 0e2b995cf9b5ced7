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

/**
 * KL(full ‖ part) over rows and over columns, the mean over B and of both, part detached (SKRR
 * eq. 12 with the reference's decisions).
 *
 * @param full Similarities over whole videos, [B, B].
 * @param part Those of a path, [B, B].
 * @param scale What both are multiplied with, 1/τ; a scalar.
 */
export function distillationLoss(full: np.Array, part: np.Array, scale: np.Array): np.Array {
  const [size] = full.shape;
  const student = full.mul(scale.ref);
  const teacher = lax.stopGradient(part.mul(scale));
  const along = (axis: number, from: np.Array, to: np.Array) => {
    const log = nn.logSoftmax(from, axis);
    return np.exp(log.ref).mul(log.sub(nn.logSoftmax(to, axis))).sum();
  };
  return along(1, student.ref, teacher.ref).add(along(0, student, teacher)).mul(0.5 / size);
}
