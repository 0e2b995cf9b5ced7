/**
 * What a backend of the papers' numeric operations can do. Data is uploaded once, stays on the
 * device from one operation to the next and is read back at the end. Batches are ragged: every
 * clip has its own number of rows, there is no padding, and a clip's result is the same, bit for
 * bit, alone and in any batch.
 *
 * @module
 */

/** The largest number of tokens of one clip that can be clustered. */
export const MAX_TOKENS = 4096;
/** The largest width of a token, D. */
export const MAX_DIM = 1024;
/** The largest number of neighbours in the density, k. */
export const MAX_NEIGHBOURS = 16;
/** The largest number of token pairs in one batch of distances: 64 MiB as float32. */
export const MAX_PAIRS = MAX_TOKENS ** 2;

/** The largest number of rows in one batch, of all its clips together. */
export const MAX_ROWS = 4 * MAX_TOKENS;
/** The largest number of tokens in a text. */
export const MAX_WORDS = 256;

/** A ragged batch of rows on a device: clip `b` has `counts[b]` rows of `width` numbers. */
export interface Rows<T extends "float32" | "uint32" = "float32"> {
  readonly type: T;
  readonly counts: readonly number[];
  readonly width: number;
}

/** The pairwise distances of every clip's tokens on a device: clip `b` has `counts[b]`² of them. */
export interface Distances {
  readonly counts: readonly number[];
}

/** A linear layer as PyTorch stores it. */
export interface Linear {
  /** [outputs, inputs] */
  readonly weight: Float32Array;
  /** [outputs] */
  readonly bias: Float32Array;
}

/** The gain and bias of a layer norm, [D] each; epsilon is 1e-5. */
export interface Norm {
  readonly weight: Float32Array;
  readonly bias: Float32Array;
}

/** The weights that re-represent merged tokens by attention over the originals (eq. 7). */
export interface Attention {
  readonly heads: number;
  /** Applied to the merged and to the original tokens. */
  readonly norm: Norm;
  /** [D, D] */
  readonly query: Linear;
  /** [2D, D], keys first. */
  readonly keyValue: Linear;
  /** [D, D] */
  readonly project: Linear;
}

/** The two layers whose softmax weighs tokens: D → 2D → ReLU → 1. */
export interface Mlp {
  readonly hidden: Linear;
  readonly output: Linear;
}

/** What {@linkcode Kernels.read} returns for each tensor: one array a clip. */
export type HostRows<T extends readonly Rows<"float32" | "uint32">[]> = {
  [I in keyof T]: T[I] extends Rows<"uint32"> ? Uint32Array[] : Float32Array[];
};

/**
 * The operations. Weights are plain arrays on the host; a backend keeps what it makes of them for
 * as long as the arrays live, so pass the same objects again.
 */
export interface Kernels {
  /**
   * Brings the rows of each clip to the device.
   *
   * @param clips One array a clip, [N_b, width]; float16 is widened on the device.
   * @throws {RangeError} If `width` is above {@linkcode MAX_DIM}, an array is not whole rows, or
   * there are more than {@linkcode MAX_ROWS} of them.
   */
  upload(clips: readonly (Float32Array | Float16Array)[], width: number): Promise<Rows>;

  /** Reads tensors back, all of them in one go. */
  read<T extends readonly Rows<"float32" | "uint32">[]>(...tensors: T): Promise<HostRows<T>>;

  /** The cosine of one vector [D] with every row: [N, D] → [N, 1] (eq. 3). */
  cosine(query: Float32Array, x: Rows): Promise<Rows>;

  /**
   * The indices of the `keep[b]` highest scores of each clip in ascending order of index, ties by
   * lowest index: [N, 1] → [keep, 1] (FFSM, eq. 3).
   *
   * @throws {RangeError} If a clip has more than {@linkcode MAX_TOKENS} rows or fewer than asked.
   */
  top(scores: Rows, keep: readonly number[]): Promise<Rows<"uint32">>;

  /** The rows at `indices`: [N, D] → [keep, D]. */
  gather(x: Rows, indices: Rows<"uint32">): Promise<Rows>;

  /** x·Wᵀ + b: [N, inputs] → [N, outputs]. */
  linear(x: Rows, layer: Linear): Promise<Rows>;

  /** Every row divided by its L2 norm; a row of zeros stays. */
  unit(x: Rows): Promise<Rows>;

  /**
   * LayerNorm(x + Conv1d(x)) along the tokens of each clip: kernel 3, padding 1, no bias.
   *
   * @param convolution [D, D, 3]: output, input, tap.
   */
  convolve(x: Rows, convolution: Float32Array, norm: Norm): Promise<Rows>;

  /**
   * ‖x_i − x_j‖ / √D of every pair of tokens of a clip; exactly 0 between identical tokens.
   *
   * @throws {RangeError} If a clip has more than {@linkcode MAX_TOKENS} tokens, or the batch more
   * than {@linkcode MAX_PAIRS} pairs.
   */
  distances(x: Rows): Promise<Distances>;

  /** The distances themselves, for tests and pictures: rows of `counts[b]` numbers, flattened. */
  readDistances(distances: Distances): Promise<Float32Array[]>;

  /**
   * ρ_i = exp(−mean of the k smallest d_ij²), the token itself included: [N, 1]. A clip of fewer
   * than k tokens uses them all.
   *
   * @throws {RangeError} If `neighbours` is not 1 to {@linkcode MAX_NEIGHBOURS}.
   */
  density(distances: Distances, neighbours: number): Promise<Rows>;

  /**
   * δ_i, the distance to the nearest token of strictly higher density, or the largest distance of
   * the clip where there is none: [N, 1] (eq. 6).
   */
  separation(distances: Distances, density: Rows): Promise<Rows>;

  /**
   * The tokens of the highest ρ·δ of each clip in falling order, ties by lowest index:
   * [clusters[b], 1].
   */
  centres(density: Rows, separation: Rows, clusters: readonly number[]): Promise<Rows<"uint32">>;

  /** The rank of each token's nearest centre, ties by lowest rank; a centre is its own: [N, 1]. */
  assign(distances: Distances, centres: Rows<"uint32">): Promise<Rows<"uint32">>;

  /**
   * The mean of each cluster's tokens weighted by exp(importance): [N, D] → [clusters, D].
   *
   * @param clusters How many clusters each clip has.
   * @param importance [N, 1]; without it every token counts the same.
   */
  merge(
    x: Rows,
    labels: Rows<"uint32">,
    clusters: readonly number[],
    importance?: Rows,
  ): Promise<Rows>;

  /**
   * merged + attention of the merged tokens over the originals, the importance of each original
   * added to its logits in every head (eq. 7): [M, D], [N, D], [N, 1] → [M, D].
   */
  attend(merged: Rows, x: Rows, importance: Rows, weights: Attention): Promise<Rows>;

  /** θ = softmax over a clip's tokens of MLP(x), or uniform without an MLP: [N, D] → [N, 1]. */
  weigh(x: Rows, mlp?: Mlp): Promise<Rows>;

  /** Σ θ_i x_i: [N, D], [N, 1] → [1, D]. */
  pool(x: Rows, weights: Rows): Promise<Rows>;

  /**
   * Weighted token-wise interaction of one text with every clip (eq. 1):
   * ½(Σ_w θ_w max_p a_wp + Σ_p θ_p max_w a_wp), or Σ_p θ_p a_p for a single text token (eq. 5, 9).
   * All tokens must be unit vectors.
   *
   * @param text [W, D] on the host, at most {@linkcode MAX_WORDS}.
   * @param textWeights θ_w [W].
   * @returns One score a clip: [1, 1].
   */
  interact(
    text: Float32Array,
    textWeights: Float32Array,
    x: Rows,
    weights: Rows,
  ): Promise<Rows>;
}

/** Where the operations run. */
export interface Backend {
  readonly name: "cpu" | "webgpu";
  /** The device in words. */
  readonly device: string;
  /** How often each kernel ran, by its name. */
  readonly dispatches: ReadonlyMap<string, number>;
  /**
   * Runs a piece of work. Tensors live until it settles: read what is needed after that.
   *
   * @throws {DeviceLostError} If the device is gone.
   */
  batch<T>(work: (kernels: Kernels) => Promise<T>): Promise<T>;
  /** Gives the device back; work under way and later work fails with {@linkcode DeviceLostError}. */
  destroy(): void;
}

/** The device is gone: it was unplugged, reset by its driver, or destroyed. */
export class DeviceLostError extends Error {
  override readonly name = "DeviceLostError";

  constructor(why: string) {
    super(`Cannot go on computing: the device was lost (${why})`);
  }
}
