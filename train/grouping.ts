/**
 * Other ways than DPC-KNN to group patches, to compare it with. No gradient flows through them.
 * Arrays are consumed.
 *
 * @module
 */
import { lax, numpy as np } from "@jax-js/jax";
import { cluster } from "./clustering.ts";
import type { Clustering } from "./configuration.ts";

/** Which tokens belong together. */
export interface Groups {
  /** 1 where a token is in a group, [B, M, N]. */
  readonly members: np.Array;
  /** 1 for a group, 0 for what another clip of the batch has more, [B, M]. */
  readonly clusters: np.Array;
}

/** Rounds of Lloyd's algorithm. */
const ROUNDS = 5;

/**
 * Groups tokens, [B, N, C], into ⌈valid · λ⌉ groups a clip.
 *
 * @param mask 1 for a token, 0 for padding, [B, N].
 */
export function group(
  x: np.Array,
  mask: np.Array,
  settings: { clustering: Clustering; keepRatio: number; neighbours: number },
): Groups {
  const { clustering, keepRatio } = settings;
  if (clustering === "dpc-knn") return cluster(x, mask, settings);
  const runs = neighbouring(mask.ref, keepRatio);
  if (clustering === "pooling") {
    x.dispose();
    mask.dispose();
    return runs;
  }
  return lloyd(lax.stopGradient(x), mask, runs);
}

/** Pooling: runs of tokens that follow one another, all about as long. */
function neighbouring(mask: np.Array, keepRatio: number): Groups {
  const [B, N] = mask.shape;
  const M = Math.max(Math.ceil(N * keepRatio), 1);
  const valid = mask.ref.sum(1, { keepdims: true });
  const count = np.maximum(np.ceil(valid.ref.mul(keepRatio)), 1); // [B, 1]
  const places = np.arange(N).astype(np.float32).reshape([1, N]);
  const label = np.floor(places.mul(count.ref).div(np.maximum(valid, 1))).reshape([B, 1, N]);
  const slots = np.arange(M).astype(np.float32);
  const members = np.equal(label, slots.ref.reshape([1, M, 1])).astype(np.float32)
    .mul(mask.reshape([B, 1, N]));
  const clusters = np.less(slots.reshape([1, M]), count).astype(np.float32);
  return { members: lax.stopGradient(members), clusters: lax.stopGradient(clusters) };
}

/** k-means from the means of runs; ties go to the lowest group. */
function lloyd(x: np.Array, mask: np.Array, { members, clusters }: Groups): Groups {
  const [B, M, N] = members.shape;
  const slots = np.arange(M).astype(np.float32).reshape([1, M, 1]);
  const absent = np.array(1).sub(clusters.ref).mul(1e9).reshape([B, M, 1]);
  for (let i = 0; i < ROUNDS; i++) {
    const sizes = np.maximum(members.ref.sum(2, { keepdims: true }), 1);
    const means = np.matmul(members, x.ref).div(sizes); // [B, M, C]
    const squares = np.square(means.ref).sum(2, { keepdims: true });
    // ‖x − m‖² without ‖x‖², which is the same for all groups
    const products = np.matmul(means, x.ref.transpose([0, 2, 1]));
    const distances = squares.sub(products.mul(2)).add(absent.ref);
    const least = distances.ref.min(1, { keepdims: true });
    const first = np.where(np.lessEqual(distances, least), slots.ref, 1e9)
      .min(1, { keepdims: true });
    members = np.equal(first, slots.ref).astype(np.float32).mul(mask.ref.reshape([B, 1, N]));
  }
  return { members: lax.stopGradient(members), clusters };
}
