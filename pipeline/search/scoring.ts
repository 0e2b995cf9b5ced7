import type { Heads, Similarity } from "../../models/hvd/heads.ts";
import type { Query } from "./query.ts";

/** How a search scores. */
export interface Scoring {
  readonly mode: "skrr" | "hvd";
  /** What makes up the score of a text. */
  readonly similarities: ReadonlySet<Similarity>;
}

/** HVD, where the index keeps patches. */
export const HVD: Scoring = {
  mode: "hvd",
  similarities: new Set(["sentence_frame", "word_patch"]),
};

/** SKRR with all that its sampling sums up. */
export const SKRR: Scoring = {
  mode: "skrr",
  similarities: new Set(["sentence_frame", "sentence_patch", "word_patch"]),
};

/**
 * Which similarities make up the score. They are of texts: pictures are scored in one way.
 *
 * @param mode What was asked for.
 * @param keepPatches Whether the index keeps the patches that `hvd` wants.
 * @param notices Told of a lesser way.
 */
export function scoringOf(
  { texts = [], not = [] }: Query,
  mode: Scoring["mode"] | undefined,
  heads: Heads,
  keepPatches: boolean,
  notices: string[],
): Scoring {
  if (heads.mode === "hvd") mode ??= "hvd";
  if (texts.length + not.length === 0) {
    return { mode: "skrr", similarities: new Set(["sentence_frame"]) };
  }
  if (mode === "hvd") {
    if (keepPatches) return HVD;
    notices.push(
      "The index keeps no patches, so hvd scores sentence–frame over the spotted frames " +
        "alone; index with --keep-patches for its word–patch similarity",
    );
    return { mode, similarities: new Set(["sentence_frame"]) };
  }
  if (heads.trained) return { mode: "skrr", similarities: new Set(heads.similarities) };
  // Asked for by name, the patches count even where nothing aligned them with text.
  if (mode === "skrr") return SKRR;
  notices.push(
    "The model has no trained heads, so only sentence–frame similarity counts; " +
      "--mode skrr adds the patches",
  );
  return { mode: "skrr", similarities: new Set(["sentence_frame"]) };
}

/** How a single text is scored where no mode is asked for. */
export function usualScoring(heads: Heads, keepPatches: boolean): Scoring {
  return scoringOf({ texts: [""] }, undefined, heads, keepPatches, []);
}

/** Whether two ways of scoring are the same. */
export function sameScoring(a: Scoring, b: Scoring): boolean {
  return a.mode === b.mode && a.similarities.symmetricDifference(b.similarities).size === 0;
}
