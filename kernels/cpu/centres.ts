/**
 * The tokens of the highest score ρ·δ, in falling order and ties by lowest index. One sort.
 *
 * @module
 */

/** The indices of the `count` centres by rank. */
export function centres(
  density: Float32Array,
  separation: Float32Array,
  count: number,
): Uint32Array {
  const score = density.map((rho, i) => rho * separation[i]);
  // The sort is stable: equal scores stay in order of index.
  return Uint32Array.from(density.keys()).sort((a, b) => score[b] - score[a]).slice(0, count);
}
