/**
 * Why a text finds a clip: everything of the method that can be shown.
 *
 * @module
 */
import type { TextTokens } from "../../models/clip/tokens.ts";
import type { Heads } from "../../models/hvd/heads.ts";
import { type Query as PreparedText, Scorer } from "../../models/hvd/scorer.ts";
import type { ClipRecord } from "../../store/record.ts";
import type { Similarities } from "./query.ts";

/** F frames of P patches each; M tokens are left of the patches; W words. */
export interface Explanation {
  /** The id of the clip. */
  readonly clip: string;
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
  /** θ_f: [F]. */
  readonly frameWeights: Float32Array;
  readonly rounds: readonly ExplainedRound[];
  /** θ_p: [M]. */
  readonly entityWeights: Float32Array;
  /** The cosine of the text and each token that is left: [M]. */
  readonly sentenceCosines: Float32Array;
  /** The begin and the end of the text count as words: W. */
  readonly words: readonly ExplainedWord[];
  /** All three, whatever counts in the score. */
  readonly similarities: Similarities;
}

/** What a round of PFCM made of the patches, told of each patch. */
export interface ExplainedRound {
  /** M, how many tokens were left. */
  readonly clusters: number;
  /** The token that each patch went into: [F·P]. */
  readonly cluster: Uint16Array;
  /** I of the token that each patch was part of: [F·P]; null where all count the same. */
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
>;

/**
 * Explains a clip by a text.
 *
 * @param record The clip as it is stored.
 * @param tokens The text's tokens, of which the pieces are shown.
 * @param text The same, prepared for comparing.
 */
export async function explainClip(
  record: ExplainableClip,
  tokens: TextTokens,
  text: PreparedText,
  heads: Heads,
  scorer: Scorer,
): Promise<Explanation> {
  const { dim } = heads;
  const entities = Float32Array.from(record.entities);
  const frameCosines = cosines(text.sentence, record.frames, dim);
  const [wordPatch] = await scorer.wordPatch(text, [record]);
  const [sentenceFrame, sentencePatch] = Scorer.products(text.sentence, [
    record.framesPooled,
    record.entitiesPooled,
  ]);
  return {
    clip: record.id,
    aligned: heads.trained,
    patchesPerFrame: record.rounds[0].labels.length / record.times.length,
    times: record.times,
    frameCosines,
    kept: spottedFrames(frameCosines, heads),
    frameWeights: record.frameWeights,
    rounds: explainRounds(record, heads.trained),
    entityWeights: record.entityWeights,
    sentenceCosines: cosines(text.sentence, entities, dim),
    words: tokens.pieces.map((piece, w) => ({
      text: piece,
      weight: text.wordWeights[w],
      cosines: cosines(text.words.subarray(w * dim, (w + 1) * dim), entities, dim),
    })),
    similarities: { sentenceFrame, sentencePatch, wordPatch },
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
function explainRounds({ rounds }: ExplainableClip, trained: boolean): ExplainedRound[] {
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
