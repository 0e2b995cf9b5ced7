/**
 * The Patch Features Compression Module: rounds that cluster a clip's patch tokens, merge each
 * cluster and re-represent what is left by attention over what was there.
 *
 * @module
 */
import { type Kernels, MAX_PAIRS, MAX_ROWS, type Rows } from "../../kernels/backend.ts";
import type { Heads } from "./heads.ts";

/** What {@linkcode compress} returns, on the device. */
export interface Compressed {
  /** V_p*, the tokens that are left of each clip: [M, D], not normalised. */
  readonly entities: Rows;
  readonly rounds: readonly {
    /** The cluster of each token that came in, [N, 1]. */
    readonly labels: Rows<"uint32">;
    /** I, the importance of each token that came in, [N, 1]; null where all count the same. */
    readonly importance: Rows | null;
  }[];
}

/** How many clusters a round makes of `tokens`: M = ⌈N·λ⌉. */
export function clustersOf(tokens: number, keepRatio: number): number {
  return Math.max(1, Math.ceil(tokens * keepRatio));
}

/**
 * Runs the rounds on the patches of a batch of clips.
 *
 * @param patches V_p, [N, D].
 * @throws {RangeError} If a clip has more tokens than a backend takes.
 */
export async function compress(
  kernels: Kernels,
  patches: Rows,
  { parameters, rounds: weights }: Heads,
): Promise<Compressed> {
  const rounds: Compressed["rounds"][number][] = [];
  let x = patches; // [N, D]
  for (let r = 0; r < parameters.rounds; r++) {
    const round = weights?.[r];
    const clusters = x.counts.map((n) => clustersOf(n, parameters.keepRatio)); // M
    if (round) x = await kernels.convolve(x, round.convolution, round.norm); // [N, D]
    const importance = round && await kernels.linear(x, round.importance); // I [N, 1]

    // DPC-KNN: which tokens are the centres of their surroundings, eq. 6.
    const distances = await kernels.distances(x); // d [N, N]
    const density = await kernels.density(distances, parameters.neighbours); // ρ [N, 1]
    const separation = await kernels.separation(distances, density); // δ [N, 1]
    const centres = await kernels.centres(density, separation, clusters); // top M of ρ·δ
    const labels = await kernels.assign(distances, centres); // C [N, 1]

    // p* = Σ exp(I_j) p_j / Σ exp(I_j) over the tokens of a cluster.
    const merged = await kernels.merge(x, labels, clusters, importance); // [M, D]
    // p* + softmax(QKᵀ / √d + I) V, eq. 7.
    x = round ? await kernels.attend(merged, x, importance!, round.attention) : merged; // [M, D]
    rounds.push({ labels, importance: importance ?? null });
  }
  return { entities: x, rounds };
}

/**
 * Cuts a list of clips into runs that fit one batch: their rows, and their pairs of tokens.
 *
 * @param counts The tokens of each clip.
 * @returns The first clip and the one behind the last clip of each run.
 *
 * @example
 * ```ts
 * import { runsOf } from "./pfcm.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(runsOf([588, 588, 4096]), [[0, 2], [2, 3]]);
 * ```
 */
export function runsOf(counts: readonly number[]): [start: number, end: number][] {
  const runs: [number, number][] = [];
  let start = 0, rows = 0, pairs = 0;
  counts.forEach((n, clip) => {
    if (clip > start && (rows + n > MAX_ROWS || pairs + n * n > MAX_PAIRS)) {
      runs.push([start, clip]);
      start = clip;
      rows = 0;
      pairs = 0;
    }
    rows += n;
    pairs += n * n;
  });
  if (counts.length > 0) runs.push([start, counts.length]);
  return runs;
}
