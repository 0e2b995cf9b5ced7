import type { Hit } from "../../models/hvd/scorer.ts";
import type { Similarities } from "./query.ts";

/** A clip that was found, with the similarities that were taken one by one. */
export interface Found extends Hit {
  readonly similarities: Similarities;
  /** Left out of what only its pictures found. */
  readonly matched?: "speech" | "both";
}

/** Similarities of which none was taken. */
export const NONE: Similarities = { sentenceFrame: null, sentencePatch: null, wordPatch: null };

/** total + weight · more, one by one; what neither has stays null. */
export function addWeighted(total: Similarities, more: Similarities, weight: number): Similarities {
  const add = (a: number | null, b: number | null) => b === null ? a : (a ?? 0) + weight * b;
  return {
    sentenceFrame: add(total.sentenceFrame, more.sentenceFrame),
    sentencePatch: add(total.sentencePatch, more.sentencePatch),
    wordPatch: add(total.wordPatch, more.wordPatch),
  };
}
