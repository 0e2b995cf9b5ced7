import type { Explanation } from "../pipeline/search/explanation.ts";

/** What a word of the text found in the clip. */
export interface WordMatch {
  /** The word's place in the text. */
  readonly word: number;
  /** The token that is nearest to it (the maximum in eq. 1). */
  readonly token: number;
  /** The cosine of the two. */
  readonly cosine: number;
  /** How many patches are part of that token. */
  readonly patches: number;
  /** How many frames these are in. */
  readonly frames: number;
  /** The frame that has most of them, the first of several. */
  readonly frame: number;
  /** Those of that frame, by their place in it. */
  readonly places: readonly number[];
}

/** What each word of the text matched, in the words' order. */
export function wordMatches(explanation: Explanation): WordMatch[] {
  const { words, rounds, patchesPerFrame, clustered } = explanation;
  const { cluster } = rounds[rounds.length - 1];
  return words.map(({ cosines }, word) => {
    const token = cosines.reduce((best, cosine, t) => cosine > cosines[best] ? t : best, 0);
    const patches = [...cluster.keys()].filter((patch) => cluster[patch] === token);
    const byFrame = Map.groupBy(
      patches,
      (patch) => clustered[Math.floor(patch / patchesPerFrame)],
    );
    const [[frame, most]] = [...byFrame].sort(([, a], [, b]) => b.length - a.length);
    return {
      word,
      token,
      cosine: cosines[token],
      patches: patches.length,
      frames: byFrame.size,
      frame,
      places: most.map((patch) => patch % patchesPerFrame),
    };
  });
}

/** The word that is nearest to each token, and the cosine: [M]. */
export function nearestWords({ words }: Explanation): { word: number; cosine: number }[] {
  return Array.from(words[0].cosines, (_, token) => {
    const word = words.reduce(
      (best, { cosines }, w) => cosines[token] > words[best].cosines[token] ? w : best,
      0,
    );
    return { word, cosine: words[word].cosines[token] };
  });
}

/** The names of the begin of the text and of its end, which stands for all of it: both are words. */
const ENDS: Readonly<Record<string, string>> = {
  "<|startoftext|>": "(begin)",
  "<|endoftext|>": "(whole)",
};

/** How a token of the text is shown. */
export function shownWord(piece: string): string {
  return ENDS[piece] ?? piece;
}
