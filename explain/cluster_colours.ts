import type { Explanation } from "../pipeline/search/explanation.ts";
import { oklch } from "../figures/colours.ts";

/** Hues that are easy to tell apart, in degrees. */
const HUES = Array.from({ length: 12 }, (_, i) => i * 30 + 15);

/**
 * A colour for every token of every round. Tokens that end up in one are shades of one hue, so the
 * rounds show how they come together; final tokens that touch in a frame get hues far apart.
 *
 * @returns Of each round, `#rrggbb` by token.
 */
export function clusterColours({ rounds, patchesPerFrame }: Explanation): string[][] {
  const last = rounds[rounds.length - 1];
  const hues = spreadHues(last.cluster, last.clusters, patchesPerFrame);
  return rounds.map(({ cluster, clusters }, r) => {
    const final = new Uint16Array(clusters);
    cluster.forEach((token, patch) => final[token] = last.cluster[patch]);
    const seen = new Uint16Array(last.clusters);
    return Array.from(final, (token) => {
      const shade = r === rounds.length - 1 ? 2 : seen[token]++ % 5;
      return oklch(0.52 + 0.08 * shade, 0.17, HUES[hues[token]]);
    });
  });
}

/** Which hue each token gets, largest tokens first: far from its neighbours, else rarely used. */
function spreadHues(cluster: Uint16Array, clusters: number, patchesPerFrame: number): number[] {
  const neighbours = neighboursOf(cluster, clusters, patchesPerFrame);
  const sizes = new Uint16Array(clusters);
  for (const token of cluster) sizes[token]++;
  const order = Array.from(sizes, (_, token) => token).sort((a, b) => sizes[b] - sizes[a] || a - b);
  const chosen: number[] = new Array(clusters).fill(-1);
  const used = HUES.map(() => 0);
  for (const token of order) {
    const taken = [...neighbours[token]].map((it) => chosen[it]).filter((hue) => hue >= 0);
    const distance = (hue: number) =>
      Math.min(3, ...taken.map((it) => Math.min((hue - it + 12) % 12, (it - hue + 12) % 12)));
    let best = 0;
    for (let hue = 1; hue < HUES.length; hue++) {
      const gain = distance(hue) - distance(best);
      if (gain > 0 || (gain === 0 && used[hue] < used[best])) best = hue;
    }
    chosen[token] = best;
    used[best]++;
  }
  return chosen;
}

/** Which tokens each token touches within a frame. */
function neighboursOf(
  cluster: Uint16Array,
  clusters: number,
  patchesPerFrame: number,
): Set<number>[] {
  const side = Math.sqrt(patchesPerFrame);
  const neighbours = Array.from({ length: clusters }, () => new Set<number>());
  const touch = (a: number, b: number) => {
    if (a === b) return;
    neighbours[a].add(b);
    neighbours[b].add(a);
  };
  cluster.forEach((token, patch) => {
    const place = patch % patchesPerFrame;
    if (place % side < side - 1) touch(token, cluster[patch + 1]);
    if (place < patchesPerFrame - side) touch(token, cluster[patch + side]);
  });
  return neighbours;
}
