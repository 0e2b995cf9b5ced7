/**
 * Why a text finds a clip: everything of the method that can be shown.
 *
 * @module
 */
import { gather } from "../../kernels/gather.ts";
import type { TextTokens } from "../../models/clip/tokens.ts";
import { frameRows } from "../../models/hvd/frame_rows.ts";
import type { Heads, Similarity } from "../../models/hvd/heads.ts";
import type { ReducedClip, Reducer } from "../../models/hvd/reducer.ts";
import { type Query as PreparedText, Scorer } from "../../models/hvd/scorer.ts";
import type { ClipRecord } from "../../store/record.ts";
import type { Similarities } from "./query.ts";
import type { Scoring } from "./scoring.ts";

/**
 * F frames of P patches each; PFCM runs over those of C frames; M tokens are left of them; W words.
 */
export interface Explanation {
  /** The id of the clip. */
  readonly clip: string;
  /** The way of scoring that is explained. */
  readonly mode: Scoring["mode"];
  /** Whether the model was trained to compare patches with words. */
  readonly aligned: boolean;
  /** P, a square grid. */
  readonly patchesPerFrame: number;
  /** Seconds of the video: [F]. */
  readonly times: Float64Array;
  /** The cosine of the text and each frame: [F]. */
  readonly frameCosines: Float32Array;
  /** Which frames FFSM keeps for the text (eq. 3): [F]. */
  readonly kept: readonly boolean[];
  /** θ_f: [F]; 0 of frames that do not count. */
  readonly frameWeights: Float32Array;
  /** The frames whose patches PFCM compresses, by number, in order of time: [C]. */
  readonly clustered: readonly number[];
  readonly rounds: readonly ExplainedRound[];
  /** θ_p: [M]. */
  readonly entityWeights: Float32Array;
  /** The cosine of the text and each token that is left: [M]. */
  readonly sentenceCosines: Float32Array;
  /** The begin and the end of the text count as words: W. */
  readonly words: readonly ExplainedWord[];
  /** All that were taken, whether they count or not; null where the way of scoring has no such one. */
  readonly similarities: Similarities;
  /** Which of them the score is the sum of. */
  readonly counted: readonly (keyof Similarities)[];
  /** What a search for the text scores the clip. */
  readonly score: number;
}

/** What a round of PFCM made of the patches, told of each patch. */
export interface ExplainedRound {
  /** M, how many tokens were left. */
  readonly clusters: number;
  /** The token that each patch went into: [C·P]. */
  readonly cluster: Uint16Array;
  /** I of the token that each patch was part of: [C·P]; null where all count the same. */
  readonly importance: Float32Array | null;
}

/** A word of the text. */
export interface ExplainedWord {
  readonly text: string;
  /** θ_w */
  readonly weight: number;
  /** The cosine to each token that is left: [M]. */
  readonly cosines: Float32Array;
}

/** What is read of a clip to explain it. */
export type ExplainableClip = Pick<
  ClipRecord,
  | "id"
  | "times"
  | "frames"
  | "frameWeights"
  | "framesPooled"
  | "entities"
  | "entityWeights"
  | "entitiesPooled"
  | "rounds"
  | "patches"
>;

/** A text that clips are explained by, and what computes. */
export interface Explainer {
  /** The text's tokens, of which the pieces are shown. */
  readonly tokens: TextTokens;
  /** The same, prepared for comparing. */
  readonly text: PreparedText;
  readonly heads: Heads;
  readonly reducer: Reducer;
  readonly scorer: Scorer;
}

/** Explains a clip in the way that a search scores it. */
export async function explainClip(
  clip: ExplainableClip,
  scoring: Scoring,
  explainer: Explainer,
): Promise<Explanation> {
  if (scoring.mode === "skrr") return await explainWhole(clip, scoring, explainer);
  return clip.patches
    ? await explainSpotted(clip, clip.patches, scoring, explainer)
    : await explainSpottedFrames(clip, scoring, explainer);
}

/** SKRR's sampling: S_sf, S_sp and S_wp over the whole clip, as the index keeps it. */
async function explainWhole(
  clip: ExplainableClip,
  scoring: Scoring,
  explainer: Explainer,
): Promise<Explanation> {
  return explanationOf(clip, scoring, explainer, {
    kept: keptFrames(clip, explainer),
    frameWeights: clip.frameWeights,
    clustered: [...clip.times.keys()],
    reduced: clip,
    similarities: await wholeSimilarities(clip, explainer),
  });
}

/**
 * HVD: S_sf over the frames that FFSM keeps for the text, and S_wp over what PFCM leaves of their
 * patches (eq. 3, 5, 8).
 */
async function explainSpotted(
  clip: ExplainableClip,
  patches: Float16Array, // V_p [F·P, D]
  scoring: Scoring,
  explainer: Explainer,
): Promise<Explanation> {
  const { text, heads: { dim }, reducer, scorer } = explainer;
  const { times, frames } = clip;
  const [{ spotted, sentenceFrame }] = await scorer.spot(text, [{ frames, patches: null }]);
  const patchesPerFrame = patches.length / frames.length;
  const [reduced] = await reducer.reduce([{
    frameCount: spotted.length,
    patchesPerFrame,
    dim,
    frames: Float32Array.from(gather(frames, spotted, dim)), // V_f⁺ [C, D]
    patches: Float32Array.from(gather(patches, spotted, patchesPerFrame * dim)), // V_p⁺ [C·P, D]
  }]);
  const [wordPatch] = await scorer.wordPatch(text, [reduced]);
  const frameWeights = new Float32Array(times.length);
  spotted.forEach((frame, i) => frameWeights[frame] = reduced.frameWeights[i]);
  return explanationOf(clip, scoring, explainer, {
    kept: Array.from(times, (_, frame) => spotted.includes(frame)),
    frameWeights,
    clustered: [...spotted],
    reduced,
    similarities: { sentenceFrame, sentencePatch: null, wordPatch },
  });
}

/**
 * HVD without the clip's patches: S_sf over the frames that FFSM keeps (eq. 3, 5). What the index
 * holds of the patches is of all frames; it is shown, and does not count.
 */
async function explainSpottedFrames(
  clip: ExplainableClip,
  scoring: Scoring,
  explainer: Explainer,
): Promise<Explanation> {
  const { text, heads, scorer } = explainer;
  const rows = frameRows([clip], heads.dim);
  const [sentenceFrame] = await scorer.spotFrames(text.sentence, rows);
  const kept = keptFrames(clip, explainer);
  const weights = clip.frameWeights.map((weight, frame) => kept[frame] ? weight : 0);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return explanationOf(clip, scoring, explainer, {
    kept,
    frameWeights: weights.map((weight) => weight / total), // a softmax over some of its logits
    clustered: [...clip.times.keys()],
    reduced: clip,
    similarities: { ...await wholeSimilarities(clip, explainer), sentenceFrame },
  });
}

async function wholeSimilarities(
  clip: ExplainableClip,
  { text, scorer }: Explainer,
): Promise<Similarities> {
  const pooled = [clip.framesPooled, clip.entitiesPooled];
  const [sentenceFrame, sentencePatch] = Scorer.products(text.sentence, pooled);
  const [wordPatch] = await scorer.wordPatch(text, [clip]);
  return { sentenceFrame, sentencePatch, wordPatch };
}

function keptFrames({ frames }: ExplainableClip, { text, heads }: Explainer): boolean[] {
  return spottedFrames(cosines(text.sentence, frames, heads.dim), heads);
}

/** What the ways of scoring differ in. */
interface Way extends Pick<Explanation, "kept" | "frameWeights" | "clustered" | "similarities"> {
  /** What PFCM made of the patches of the clustered frames. */
  readonly reduced: Pick<ReducedClip, "entityWeights" | "rounds"> & {
    /** [M, D] */
    readonly entities: Float32Array | Float16Array;
  };
}

const KEYS: Readonly<Record<Similarity, keyof Similarities>> = {
  sentence_frame: "sentenceFrame",
  sentence_patch: "sentencePatch",
  word_patch: "wordPatch",
};

function explanationOf(
  { id, times, frames }: ExplainableClip,
  { mode, similarities: counting }: Scoring,
  { tokens, text, heads: { dim, trained } }: Explainer,
  { reduced: { entities, entityWeights, rounds }, similarities, ...way }: Way,
): Explanation {
  const counted = Array.from(counting, (similarity) => KEYS[similarity]);
  return {
    ...way,
    clip: id,
    mode,
    aligned: trained,
    patchesPerFrame: rounds[0].labels.length / way.clustered.length,
    times,
    frameCosines: cosines(text.sentence, frames, dim),
    rounds: explainRounds(rounds, trained),
    entityWeights,
    sentenceCosines: cosines(text.sentence, entities, dim),
    words: tokens.pieces.map((piece, w) => ({
      text: piece,
      weight: text.wordWeights[w],
      cosines: cosines(text.words.subarray(w * dim, (w + 1) * dim), entities, dim),
    })),
    similarities,
    counted,
    score: counted.reduce((sum, key) => sum + similarities[key]!, 0),
  };
}

/** FFSM: which frames are among the ⌈ħ·F⌉ nearest to the text (eq. 3). */
export function spottedFrames(frameCosines: Float32Array, { parameters }: Heads): boolean[] {
  const count = Math.ceil(parameters.spotRatio * frameCosines.length); // N_f⁺
  const spotted = new Set(Scorer.highest(frameCosines, count).map(({ index }) => index));
  return Array.from(frameCosines, (_, frame) => spotted.has(frame));
}

/** The cosine of a unit vector and every row of a matrix. */
export function cosines(
  unit: Float32Array,
  rows: Float32Array | Float16Array,
  dim: number,
): Float32Array {
  return Float32Array.from({ length: rows.length / dim }, (_, r) => {
    let dot = 0, square = 0;
    for (let c = 0; c < dim; c++) {
      const value = rows[r * dim + c];
      dot += unit[c] * value;
      square += value * value;
    }
    return square > 0 ? dot / Math.sqrt(square) : 0;
  });
}

/** Follows each patch through the rounds: labels are of the tokens that came into a round. */
function explainRounds(rounds: ReducedClip["rounds"], trained: boolean): ExplainedRound[] {
  let token = Uint16Array.from(rounds[0].labels, (_, patch) => patch);
  return rounds.map(({ labels, importance }) => {
    const before = token;
    token = before.map((t) => labels[t]);
    return {
      clusters: labels.reduce((most, label) => Math.max(most, label + 1), 0),
      cluster: token,
      importance: trained ? Float32Array.from(before, (t) => importance[t]) : null,
    };
  });
}
