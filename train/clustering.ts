/**
 * DPC-KNN inside a traced step: which token belongs to which cluster, from comparisons and sums
 * alone, so that it runs where the gradients do. No gradient flows through it.
 *
 * Per clip it takes about twenty passes over N × N values; of a batch of B clips, B·N²·4 bytes are
 * alive a few times at once.
 *
 * @module
 */
import { lax, numpy as np } from "@jax-js/jax";

/** Larger than any distance between tokens. */
const FAR = 1e9;

/**
 * Assigns every token to a cluster, by the rules of the inference kernels: k neighbours with the
 * token itself, ties to the lowest index, M = ceil(valid · ratio) clusters, centres kept to
 * themselves (reference: TCFormer's DPC-KNN; SKRR eq. 6).
 *
 * @param x Tokens, [B, N, C]; consumed, no gradient.
 * @param mask 1 for a token, 0 for padding, [B, N]; consumed.
 * @param keepRatio λ
 * @param neighbours k
 * @returns `members` [B, M, N], 1 where a token is in a cluster, and `clusters` [B, M], 1 for a
 * cluster, 0 for what is only there because another clip of the batch has more.
 */
export function cluster(
  x: np.Array,
  mask: np.Array,
  { keepRatio, neighbours }: { keepRatio: number; neighbours: number },
): { members: np.Array; clusters: np.Array } {
  x = lax.stopGradient(x);
  const [B, N, C] = x.shape;
  const M = Math.max(Math.ceil(N * keepRatio), 1);
  const column = (v: np.Array) => v.reshape([B, N, 1]);
  const row = (v: np.Array) => v.reshape([B, 1, N]);

  // d_ij = ‖x_i − x_j‖ / √C, exactly 0 on the diagonal
  const squares = np.square(x.ref).sum(-1);
  const products = np.matmul(x.ref, x.transpose([0, 2, 1]));
  const offDiagonal = np.array(1).sub(np.eye(N)).reshape([1, N, N]);
  const squared = np.maximum(
    column(squares.ref).add(row(squares)).sub(products.mul(2)).mul(1 / C),
    0,
  ).mul(offDiagonal.ref);
  const strangers = np.array(1).sub(column(mask.ref).mul(row(mask.ref))).mul(FAR); // [B, N, N]
  const distances = np.sqrt(squared.ref).add(strangers.ref);

  // ρ_i = exp(−mean of the k smallest d_ij²), the first of which is the token's own 0
  let others = squared.add(strangers).add(np.array(1).sub(offDiagonal).mul(FAR));
  let nearest: np.Array | null = null;
  const indices = np.arange(N).astype(np.float32);
  for (let i = 1; i < neighbours; i++) {
    const smallest = others.ref.min(2);
    nearest = nearest ? nearest.add(smallest.ref) : smallest.ref;
    const first = firstAt(others.ref, column(smallest), indices.ref);
    if (i + 1 < neighbours) others = others.add(first.mul(FAR));
    else first.dispose();
  }
  const spread = nearest ?? np.zeros([B, N]);
  const density = np.exp(spread.mul(-1 / neighbours)).mul(mask.ref);

  // δ_i = min { d_ij : ρ_j > ρ_i }, or the largest distance of all
  const denser = np.greater(row(density.ref), column(density.ref));
  const toDenser = np.where(denser, distances.ref, FAR).min(2);
  const farthest = np.where(np.less(distances.ref, FAR / 2), distances.ref, 0).max([1, 2]);
  const separation = np.where(
    np.less(toDenser.ref, FAR / 2),
    toDenser,
    farthest.reshape([B, 1]),
  );

  // Rank by ρ·δ; ties to the lower index, padding last.
  const score = density.mul(separation).add(mask.ref.sub(1));
  const above = np.greater(row(score.ref), column(score.ref));
  const level = np.equal(row(score.ref), column(score));
  const earlier = np.less(row2(indices.ref, N), column2(indices.ref, N));
  const rank = above.astype(np.float32)
    .add(level.astype(np.float32).mul(earlier.astype(np.float32))).sum(2); // [B, N]

  const valid = mask.ref.sum(1);
  const count = np.maximum(np.ceil(valid.mul(keepRatio)), 1).reshape([B, 1]);
  const ranks = np.arange(M).astype(np.float32);
  const clusters = np.less(ranks.ref.reshape([1, M]), count).astype(np.float32); // [B, M]
  const isCentre = np.equal(row(rank), ranks.ref.reshape([1, M, 1])).astype(np.float32)
    .mul(clusters.ref.reshape([B, M, 1])); // [B, M, N]

  // Every token to its nearest centre, centres to themselves.
  const toCentre = np.matmul(isCentre.ref, distances)
    .add(np.array(1).sub(clusters.ref.reshape([B, M, 1])).mul(2 * FAR))
    .sub(isCentre.mul(1)); // a centre's own cluster is nearer than any
  const nearestCentre = toCentre.ref.min(1, { keepdims: true });
  const candidates = np.where(
    np.lessEqual(toCentre, nearestCentre),
    ranks.ref.reshape([1, M, 1]),
    FAR,
  );
  const label = candidates.min(1, { keepdims: true }); // [B, 1, N]
  const members = np.equal(label, ranks.reshape([1, M, 1])).astype(np.float32)
    .mul(row(mask));
  return { members: lax.stopGradient(members), clusters: lax.stopGradient(clusters) };
}

/** 1 at the first place of each row where `values` [B, N, N] is `smallest` [B, N, 1], else 0. */
function firstAt(values: np.Array, smallest: np.Array, indices: np.Array): np.Array {
  const [, N] = values.shape;
  const places = indices.reshape([1, 1, N]);
  const held = np.where(np.lessEqual(values, smallest), places.ref, FAR);
  const first = held.min(2, { keepdims: true });
  return np.equal(places, first).astype(np.float32);
}

const row2 = (v: np.Array, N: number) => v.reshape([1, 1, N]);
const column2 = (v: np.Array, N: number) => v.reshape([1, N, 1]);
