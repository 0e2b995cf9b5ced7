/**
 * One text and one clip by three methods, with the same towers and heads.
 *
 * @module
 */
import { gather } from "../kernels/gather.ts";
import type { TextTokens } from "../models/clip/tokens.ts";
import type { Heads } from "../models/hvd/heads.ts";
import type { Reducer } from "../models/hvd/reducer.ts";
import { type Query, Scorer } from "../models/hvd/scorer.ts";
import {
  cosines,
  type ExplainableClip,
  explainClip,
  type Explanation,
} from "../pipeline/search/explanation.ts";
import { explainableClip } from "./explainable_clip.ts";

/** How a method scores a clip. */
export interface MethodScore {
  readonly name: "Mean pooling" | "HVD" | "SKRR";
  /** What the score is made of, in one sentence. */
  readonly how: string;
  readonly score: number;
  /** The numbers that add up to the score. */
  readonly parts: readonly { readonly name: string; readonly value: number }[];
  /** The frames that count, by number, in order of time. */
  readonly frames: readonly number[];
  /** What became of the patches of these frames; null where patches do not count. */
  readonly explanation: Explanation | null;
}

/** A clip and a text, with what computes. */
export interface Comparison {
  readonly clip: ExplainableClip;
  /** V_p: [F·P, D], not normalised. */
  readonly patches: Float16Array;
  readonly tokens: TextTokens;
  readonly query: Query;
  readonly heads: Heads;
  readonly reducer: Reducer;
  readonly scorer: Scorer;
}

/**
 * Scores a clip in three ways: by the mean of its frames as CLIP4Clip does, by HVD, which
 * partitions it by the text, and by SKRR, which compares the text with all of it.
 */
export async function compareMethods(comparison: Comparison): Promise<MethodScore[]> {
  return [
    meanPooling(comparison),
    await hvd(comparison),
    await skrr(comparison),
  ];
}

/** The cosine of the sentence and the mean of the L2-normalised frames. */
function meanPooling({ clip, query, heads: { dim } }: Comparison): MethodScore {
  const mean = new Float32Array(dim);
  const frames = Array.from(clip.times, (_, frame) => frame);
  for (const frame of frames) {
    const row = clip.frames.subarray(frame * dim, (frame + 1) * dim);
    const length = Math.hypot(...row);
    row.forEach((value, c) => mean[c] += value / length);
  }
  const [score] = cosines(query.sentence, mean, dim);
  return {
    name: "Mean pooling",
    how: "The sentence and the mean of all frames. Patches and words are not looked at.",
    score,
    parts: [{ name: "sentence – mean frame", value: score }],
    frames,
    explanation: null,
  };
}

/** S_sf + S_wp over the frames that FFSM keeps (eq. 3, 5, 8). */
async function hvd(
  { clip, patches, tokens, query, heads, reducer, scorer }: Comparison,
): Promise<MethodScore> {
  const { dim } = heads;
  const whole = cosines(query.sentence, clip.frames, dim);
  const count = Math.ceil(heads.parameters.spotRatio * whole.length); // N_f⁺
  const spotted = Uint32Array.from(Scorer.highest(whole, count), ({ index }) => index).sort();
  const patchesPerFrame = patches.length / whole.length / dim;
  const kept = {
    frameCount: spotted.length,
    patchesPerFrame,
    dim,
    frames: Float32Array.from(gather(clip.frames, spotted, dim)), // V_f⁺
    patches: Float32Array.from(gather(patches, spotted, patchesPerFrame * dim)), // V_p⁺
  };
  const [reduced] = await reducer.reduce([kept]);
  const times = Float64Array.from(spotted, (frame) => clip.times[frame]);
  const part = explainableClip(clip.id, times, kept, reduced);
  const explanation = await explainClip(part, tokens, query, heads, scorer);
  const { sentenceFrame, wordPatch } = explanation.similarities;
  const parts = [
    { name: "sentence – kept frames", value: sentenceFrame! },
    { name: "words – their patches", value: wordPatch! },
  ];
  return {
    name: "HVD",
    how: "Frames far from the sentence are dropped. The patches of the others are clustered.",
    score: sum(parts),
    parts,
    frames: [...spotted],
    explanation,
  };
}

/** S_sf + S_sp + S_wp over the whole clip, as SKRR is sampled. */
async function skrr({ clip, tokens, query, heads, scorer }: Comparison): Promise<MethodScore> {
  const explanation = await explainClip(clip, tokens, query, heads, scorer);
  const { sentenceFrame, sentencePatch, wordPatch } = explanation.similarities;
  const parts = [
    { name: "sentence – frames", value: sentenceFrame! },
    { name: "sentence – patches", value: sentencePatch! },
    { name: "words – patches", value: wordPatch! },
  ];
  return {
    name: "SKRR",
    how: "The patches of all frames are clustered. Sentence and words are compared with both.",
    score: sum(parts),
    parts,
    frames: Array.from(clip.times, (_, frame) => frame),
    explanation,
  };
}

function sum(parts: MethodScore["parts"]): number {
  return parts.reduce((total, { value }) => total + value, 0);
}
