/**
 * The similarities of the papers between a batch of texts and a batch of videos, differentiable.
 * Arrays are consumed, as everywhere in jax-js.
 *
 * @module
 */
import { numpy as np } from "@jax-js/jax";

/** Below every logit and cosine, and finite: a softmax over −∞ alone is not a number. */
export const HIDDEN = -1e9;

/** Each row of the last axis at length 1, [..., D]. */
export function unit(x: np.Array): np.Array {
  const squared = np.square(x.ref).sum(-1, { keepdims: true });
  return x.div(np.sqrt(squared.add(1e-12)));
}

/** Softmax over the valid entries of the last axis, 0 where there is none; `mask` holds 1 or 0. */
export function maskedSoftmax(logits: np.Array, mask: np.Array): np.Array {
  const hidden = mask.ref.sub(1).mul(-HIDDEN);
  const shown = logits.add(hidden);
  const highest = shown.ref.max(-1, { keepdims: true });
  const weights = np.exp(shown.sub(highest)).mul(mask.ref);
  const none = np.array(1).sub(mask.max(-1, { keepdims: true }));
  return weights.ref.div(weights.sum(-1, { keepdims: true }).add(none));
}

/**
 * Sentence–token similarity, Σ_p θ_p a_p (SKRR eq. 5 and 9).
 *
 * @param sentences Unit vectors, [A, D].
 * @param tokens Unit vectors, [B, N, D].
 * @param weights θ, 0 where a token is padding, [B, N].
 * @returns [A, B]
 */
export function sentenceSimilarity(
  sentences: np.Array,
  tokens: np.Array,
  weights: np.Array,
): np.Array {
  const pooled = np.einsum("bn,bnd->bd", weights, tokens);
  return np.matmul(sentences, pooled.transpose());
}

/**
 * Weighted token-wise interaction, ½(Σ_w θ_w max_p a_wp + Σ_p θ_p max_w a_wp) (SKRR eq. 1 and 8).
 *
 * @param words Unit vectors, [A, W, D].
 * @param wordWeights θ_w, 0 where a word is padding, [A, W].
 * @param wordMask 1 for a word, 0 for padding, [A, W].
 * @param tokens Unit vectors, [B, N, D].
 * @param tokenWeights θ_p, [B, N].
 * @param tokenMask 1 for a token, 0 for padding, [B, N].
 * @returns [A, B]
 */
export function tokenInteraction(
  { words, wordWeights, wordMask, tokens, tokenWeights, tokenMask }: {
    words: np.Array;
    wordWeights: np.Array;
    wordMask: np.Array;
    tokens: np.Array;
    tokenWeights: np.Array;
    tokenMask: np.Array;
  },
): np.Array {
  const [A, W, D] = words.shape;
  const [B, N] = tokens.shape;
  const cosines = np.matmul(
    repeatFirst(words, wordMask).reshape([A * W, D]),
    repeatFirst(tokens, tokenMask).reshape([B * N, D]).transpose(),
  ).reshape([A, W, B, N]);
  const fromWords = cosines.ref.max(3).mul(wordWeights.reshape([A, W, 1])).sum(1);
  const fromTokens = cosines.max(1).mul(tokenWeights.reshape([1, B, N])).sum(2);
  return fromWords.add(fromTokens).mul(0.5);
}

/** Puts the first token, which no sequence lacks, in place of padding: it wins no maximum alone. */
function repeatFirst(tokens: np.Array, mask: np.Array): np.Array {
  const shown = mask.reshape([...mask.shape, 1]);
  const first = tokens.ref.slice([], [0, 1], []);
  return tokens.mul(shown.ref).add(first.mul(np.array(1).sub(shown)));
}
