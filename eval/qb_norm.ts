/** What {@linkcode qbNorm} takes beside the similarities. */
export interface QueryBank {
  /** Similarities of the bank's queries and the same candidates: [B, N]. */
  readonly values: Float32Array;
  /** B */
  readonly queries: number;
}

/**
 * Querybank normalisation with the dynamic inverted softmax (Bogolin et al., 2022). Candidates that
 * are among the best `k` of a query of the bank are hubs. A query whose best candidate is a hub
 * is scored exp(β·s) / Σ_bank exp(β·s_bank), any other as it was: its row alone decides its
 * ranking. It uses other queries, so its figures are reported apart.
 *
 * @param values S, a row a query and a column a candidate: [Q, N].
 * @param bank Other queries.
 * @param beta β, the inverse temperature: 20 for cosines.
 * @param k The candidates of each query of the bank that count as hubs.
 * @returns [Q, N]
 */
export function qbNorm(
  values: Float32Array,
  candidates: number,
  bank: QueryBank,
  { beta = 20, k = 1 }: { readonly beta?: number; readonly k?: number } = {},
): Float32Array {
  const hubs = new Set<number>();
  const sums = new Float64Array(candidates);
  for (let b = 0; b < bank.queries; b++) {
    const row = bank.values.subarray(b * candidates, (b + 1) * candidates);
    for (const candidate of best(row, k)) hubs.add(candidate);
    row.forEach((score, candidate) => sums[candidate] += Math.exp(beta * score));
  }
  const normalised = new Float32Array(values.length);
  for (let start = 0; start < values.length; start += candidates) {
    const row = values.subarray(start, start + candidates);
    const [first] = best(row, 1);
    normalised.set(
      hubs.has(first) ? row.map((score, c) => Math.exp(beta * score) / sums[c]) : row,
      start,
    );
  }
  return normalised;
}

/** The `k` highest of a row, ties by lowest index. */
function best(row: Float32Array, k: number): number[] {
  const found: number[] = [];
  row.forEach((score, i) => {
    let at = found.length;
    while (at > 0 && row[found[at - 1]] < score) at--;
    if (at < k) found.splice(at, 0, i);
    if (found.length > k) found.pop();
  });
  return found;
}
