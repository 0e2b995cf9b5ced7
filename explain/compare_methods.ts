/**
 * One text and one clip by three methods, with the same towers and heads.
 *
 * @module
 */
import {
  cosines,
  type ExplainableClip,
  explainClip,
  type Explainer,
  type Explanation,
} from "../pipeline/search/explanation.ts";
import { HVD, SKRR } from "../pipeline/search/scoring.ts";

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

/**
 * Scores a clip in three ways: by the mean of its frames as CLIP4Clip does, by HVD, which
 * partitions it by the text, and by SKRR, which compares the text with all of it.
 */
export async function compareMethods(
  clip: ExplainableClip,
  explainer: Explainer,
): Promise<MethodScore[]> {
  return [
    meanPooling(clip, explainer),
    await hvd(clip, explainer),
    await skrr(clip, explainer),
  ];
}

/** The cosine of the sentence and the mean of the L2-normalised frames. */
function meanPooling(
  { times, frames }: ExplainableClip,
  { text, heads: { dim } }: Explainer,
): MethodScore {
  const mean = new Float32Array(dim);
  for (const frame of times.keys()) {
    const row = frames.subarray(frame * dim, (frame + 1) * dim);
    const length = Math.hypot(...row);
    row.forEach((value, c) => mean[c] += value / length);
  }
  const [score] = cosines(text.sentence, mean, dim);
  return {
    name: "Mean pooling",
    how: "The sentence and the mean of all frames. Patches and words are not looked at.",
    score,
    parts: [{ name: "sentence – mean frame", value: score }],
    frames: [...times.keys()],
    explanation: null,
  };
}

/** S_sf + S_wp over the frames that FFSM keeps (eq. 3, 5, 8). */
async function hvd(clip: ExplainableClip, explainer: Explainer): Promise<MethodScore> {
  const explanation = await explainClip(clip, HVD, explainer);
  const { sentenceFrame, wordPatch } = explanation.similarities;
  return {
    name: "HVD",
    how: "Frames far from the sentence are dropped. The patches of the others are clustered.",
    score: explanation.score,
    parts: [
      { name: "sentence – kept frames", value: sentenceFrame! },
      { name: "words – their patches", value: wordPatch! },
    ],
    frames: explanation.clustered,
    explanation,
  };
}

/** S_sf + S_sp + S_wp over the whole clip, as SKRR is sampled. */
async function skrr(clip: ExplainableClip, explainer: Explainer): Promise<MethodScore> {
  const explanation = await explainClip(clip, SKRR, explainer);
  const { sentenceFrame, sentencePatch, wordPatch } = explanation.similarities;
  return {
    name: "SKRR",
    how: "The patches of all frames are clustered. Sentence and words are compared with both.",
    score: explanation.score,
    parts: [
      { name: "sentence – frames", value: sentenceFrame! },
      { name: "sentence – patches", value: sentencePatch! },
      { name: "words – patches", value: wordPatch! },
    ],
    frames: explanation.clustered,
    explanation,
  };
}
