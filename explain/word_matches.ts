import type { Explanation } from "../pipeline/search/explanation.ts";

/** What a word of the text found in the clip. */
export interface WordMatch {
  /** The word's place in the text. */
  readonly word: number;
  /** The token that is nearest to it (the maximum in eq. 1). */
  readonly token: number;
  /** The cosine of the two. */
  readonly cosine: number;
  /** The patches of that token, counted through all frames. */
  readonly patches: readonly number[];
  /** How many frames these are in. */
  readonly frames: number;
  /** The frame that has most of them, the first of several. */
  readonly frame: number;
}

/** What each word of the text matched, in the words' order. */
export function wordMatches({ words, rounds, patchesPerFrame }: Explanation): WordMatch[] {
  const { cluster } = rounds[rounds.length - 1];
  return words.map(({ cosines }, word) => {
    const token = cosines.reduce((best, cosine, t) => cosine > cosines[best] ? t : best, 0);
    const patches: number[] = [];
    const counts = new Map<number, number>();
    cluster.forEach((it, patch) => {
      if (it !== token) return;
      patches.push(patch);
      const frame = Math.floor(patch / patchesPerFrame);
      counts.set(frame, (counts.get(frame) ?? 0) + 1);
    });
    const [[frame]] = [...counts].sort(([a, m], [b, n]) => n - m || a - b);
    return { word, token, cosine: cosines[token], patches, frames: counts.size, frame };
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

/** The names of the begin and the end of the text, which count as words. */
const ENDS: Readonly<Record<string, string>> = {
  "<|startoftext|>": "(begin)",
  "<|endoftext|>": "(end)",
};

/** How a token of the text is shown. */
export function shownWord(piece: string): string {
  return ENDS[piece] ?? piece;
}
