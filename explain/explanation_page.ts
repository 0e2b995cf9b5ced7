import { toPage } from "../figures/page.ts";
import type { Figure } from "../figures/figure.ts";
import type { ExplainedRound, Explanation } from "../pipeline/search/explanation.ts";
import script from "./explanation_page.js" with { type: "text" };
import { nearestWords, shownWord } from "./word_matches.ts";

/** An explanation as a page: pointing at a token or a word shows it all over the video. */
export function explanationPage(drawn: Figure, title: string, explanation: Explanation): string {
  const { patchesPerFrame, clustered, rounds, words } = explanation;
  const data = {
    patchesPerFrame,
    clustered,
    rounds: rounds.map((round) => ({
      cluster: [...round.cluster],
      ...tokensOf(round, patchesPerFrame),
    })),
    words: words.map(({ text, cosines }) => ({
      text: shownWord(text),
      cosines: Array.from(cosines, rounded),
      best: rounded(Math.max(...cosines)),
    })),
    nearest: nearestWords(explanation).map(({ word, cosine }) => ({
      word,
      cosine: rounded(cosine),
    })),
  };
  return toPage(drawn, title, data, script);
}

/** Of each token of a round, its patches, the frames they are in, and their mean importance. */
function tokensOf({ cluster, clusters, importance }: ExplainedRound, patchesPerFrame: number) {
  const sizes: number[] = new Array(clusters).fill(0);
  const frames = Array.from({ length: clusters }, () => new Set<number>());
  const sums: number[] = new Array(clusters).fill(0);
  cluster.forEach((token, patch) => {
    sizes[token]++;
    frames[token].add(Math.floor(patch / patchesPerFrame));
    sums[token] += importance?.[patch] ?? 0;
  });
  return {
    sizes,
    frames: frames.map(({ size }) => size),
    importance: importance && sums.map((sum, token) => rounded(sum / sizes[token])),
  };
}

function rounded(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
