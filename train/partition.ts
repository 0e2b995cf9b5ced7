/**
 * Dual-path partitioning: which frames a text spots, which it leaves, and which captions stand for
 * those (SKRR eq. 3 and 4). Choices are made of comparisons and carry no gradient. Arrays are
 * consumed.
 *
 * @module
 */
import { lax, numpy as np } from "@jax-js/jax";
import type { WeighedTokens } from "./aggregation.ts";
import type { PaddedTokens } from "./pfcm.ts";
import { unit } from "./similarity.ts";

/** A batch of videos as their tokens. */
export interface VideoTokens {
  /** V_f, [B, F, D]. */
  readonly frames: np.Array;
  /** 1 for a frame, 0 for padding, [B, F]. */
  readonly frameMask: np.Array;
  /** V_p, [B, F·P, D]. */
  readonly patches: np.Array;
}

/** The frames that are left of a video, with their patches. */
export interface VideoPart {
  /** [B, K, D] */
  readonly frames: PaddedTokens;
  /** [B, K·P, D] */
  readonly patches: PaddedTokens;
}

/**
 * S_sf of every text with every video over the frames that the text spots in it (eq. 3, 5): of
 * weights that are a softmax over all frames, those of the spotted ones scaled anew.
 *
 * @param sentences Unit vectors, [A, D].
 * @param frames f̂ and θ_f, [B, F, D].
 * @param spotRatio ħ
 * @returns [A, B]
 */
export function spottedSimilarity(
  sentences: np.Array,
  { tokens, mask, weights }: WeighedTokens,
  spotRatio: number,
): np.Array {
  const [A, D] = sentences.shape, [B, F] = mask.shape;
  const pairs = (x: np.Array) =>
    np.broadcastTo(x.reshape([1, B, F]), [A, B, F]).reshape([A * B, F]);
  const cosines = np.matmul(sentences, tokens.reshape([B * F, D]).transpose())
    .reshape([A * B, F]);
  const kept = spottedFrames(cosines.ref, pairs(mask), spotRatio).mul(pairs(weights));
  return cosines.mul(kept.ref).sum(1).div(kept.sum(1)).reshape([A, B]);
}

/** 1 for each of the ⌈ħ·N_f⌉ frames of the highest cosines (eq. 3), else 0: [B, F]. */
function spottedFrames(cosines: np.Array, mask: np.Array, spotRatio: number): np.Array {
  const count = np.ceil(mask.ref.sum(1, { keepdims: true }).mul(spotRatio));
  return np.less(ranks(cosines, mask.ref), count).astype(np.float32).mul(mask);
}

/**
 * Splits each video by its own text: N_f⁺ = ⌈ħ·N_f⌉ frames by cosine (eq. 3), and the rest, both in
 * order of time.
 *
 * @param sentences T_s, one a video, [B, D].
 * @param spotRatio ħ
 */
export function partition(
  sentences: np.Array,
  { frames, frameMask, patches }: VideoTokens,
  spotRatio: number,
): { spotted: VideoPart; dropped: VideoPart } {
  const [B, F] = frames.shape;
  const most = Math.ceil(spotRatio * F);
  const cosines = np.einsum(
    "bd,bfd->bf",
    unit(lax.stopGradient(sentences)),
    unit(lax.stopGradient(frames.ref)),
  );
  const kept = spottedFrames(cosines, frameMask.ref, spotRatio);
  const left = frameMask.sub(kept.ref);
  const part = (chosen: np.Array, slots: number): VideoPart => {
    const { places, mask } = inOrder(chosen, slots); // [B, K, F]
    const all = patches.shape[1] / F;
    const D = patches.shape[2];
    const rows = np.matmul(places.ref, patches.ref.reshape([B, F, all * D]));
    const patchMask = np.broadcastTo(mask.ref.reshape([B, slots, 1]), [B, slots, all]);
    return {
      frames: { tokens: np.matmul(places, frames.ref), mask },
      patches: {
        tokens: rows.reshape([B, slots * all, D]),
        mask: patchMask.reshape([B, slots * all]),
      },
    };
  };
  // ⌊(1 − ħ)·n⌋ grows with n, so that no shorter video drops more than the longest.
  return { spotted: part(kept, most), dropped: part(left, Math.max(F - most, 1)) };
}

/** The recovered captions of a batch. */
export interface RecoveredCaptions {
  /** [B, S, D] */
  readonly sentences: np.Array;
  /** [B, S, W, D] */
  readonly words: np.Array;
  /** 1 for a word, 0 for padding; a caption without words is none, [B, S, W]. */
  readonly wordMask: np.Array;
}

/**
 * Keeps the captions nearest to the mean of the dropped frames (eq. 4).
 *
 * @param dropped V_f⁻
 * @param keptCaptions N_s⁻
 * @returns The mean of the kept captions' unit sentences, [B, D], and all their words, [B, S·W, D],
 * those of the others masked.
 */
export function recoveredTexts(
  { sentences, words, wordMask }: RecoveredCaptions,
  dropped: PaddedTokens,
  keptCaptions: number,
): { sentences: np.Array; words: PaddedTokens } {
  const [B, S, W, D] = words.shape;
  const shown = dropped.mask.ref.reshape([...dropped.mask.shape, 1]);
  const lost = lax.stopGradient(dropped.tokens).mul(shown).sum(1); // V̄_f⁻ [B, D], of any length
  const there = wordMask.ref.max(2); // [B, S]
  const units = unit(sentences);
  const cosines = np.einsum("bsd,bd->bs", lax.stopGradient(units.ref), unit(lost));
  const kept = np.less(ranks(cosines, there.ref), keptCaptions).astype(np.float32).mul(there);
  const count = np.maximum(kept.ref.sum(1, { keepdims: true }), 1);
  return {
    sentences: np.einsum("bs,bsd->bd", kept.ref.div(count), units),
    words: {
      tokens: words.reshape([B, S * W, D]),
      mask: wordMask.mul(kept.reshape([B, S, 1])).reshape([B, S * W]),
    },
  };
}

/** The rank of each value in its row from 0, padding last, ties to the lower index: [B, N]. */
function ranks(values: np.Array, mask: np.Array): np.Array {
  const [B, N] = values.shape;
  const shown = lax.stopGradient(values.sub(np.array(1).sub(mask).mul(1e9)));
  const column = shown.ref.reshape([B, N, 1]), row = shown.reshape([B, 1, N]);
  const order = np.arange(N).astype(np.float32);
  const earlier = np.less(order.ref.reshape([1, 1, N]), order.reshape([1, N, 1]));
  const above = np.greater(row.ref, column.ref).astype(np.float32);
  const level = np.equal(row, column).astype(np.float32).mul(earlier.astype(np.float32));
  return above.add(level).sum(2);
}

/** One-hot places [B, K, N] of the chosen of each row in their order, and which of the K there are. */
function inOrder(chosen: np.Array, slots: number): { places: np.Array; mask: np.Array } {
  const [B, N] = chosen.shape;
  const before = np.triu(np.ones([N, N]), 1); // before[j, i] = j < i
  const position = np.matmul(chosen.ref, before).reshape([B, 1, N]);
  const slot = np.arange(slots).astype(np.float32);
  const places = np.equal(position, slot.ref.reshape([1, slots, 1])).astype(np.float32)
    .mul(chosen.ref.reshape([B, 1, N]));
  const mask = np.less(slot.reshape([1, slots]), chosen.sum(1, { keepdims: true }));
  return { places: lax.stopGradient(places), mask: lax.stopGradient(mask.astype(np.float32)) };
}
