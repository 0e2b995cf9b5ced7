/**
 * The Patch Features Compression Module, differentiable: the gradient flows through convolution,
 * importance, merge and attention, none through the clustering. Arrays are consumed.
 *
 * @module
 */
import { nn, numpy as np } from "@jax-js/jax";
import type { HvdParameters } from "../models/hvd/heads.ts";
import type { Clustering } from "./configuration.ts";
import { group } from "./grouping.ts";
import type { Arrays, ParameterSpecs } from "./parameters.ts";

/** Tokens, padded to the longest clip of the batch. */
export interface PaddedTokens {
  /** [B, N, D] */
  readonly tokens: np.Array;
  /** 1 for a token, 0 for padding, [B, N]. */
  readonly mask: np.Array;
}

/** What the rounds learn, by the names of `heads.safetensors`. */
export function pfcmParameters(dim: number, rounds: number): ParameterSpecs {
  const specs: Record<string, ParameterSpecs[string]> = {};
  const matrix = (name: string, normal: number, ...shape: number[]) => {
    specs[name] = { shape, init: { normal }, decay: true };
  };
  const constant = (name: string, value: number, ...shape: number[]) => {
    specs[name] = { shape, init: { constant: value }, decay: false };
  };
  for (let r = 0; r < rounds; r++) {
    const round = `rounds.${r}`;
    matrix(`${round}.convolution.weight`, 1 / Math.sqrt(3 * dim), dim, dim, 3);
    for (const norm of ["norm", "attention.norm"]) {
      constant(`${round}.${norm}.weight`, 1, dim);
      constant(`${round}.${norm}.bias`, 0, dim);
    }
    matrix(`${round}.importance.weight`, 0.02, 1, dim);
    constant(`${round}.importance.bias`, 0, 1);
    for (const [name, outputs] of [["query", dim], ["key_value", 2 * dim], ["project", dim]]) {
      matrix(`${round}.attention.${name}.weight`, 0.02, Number(outputs), dim);
      constant(`${round}.attention.${name}.bias`, 0, Number(outputs));
    }
  }
  return specs;
}

/** What the module is told. */
export type PfcmSettings = HvdParameters & { readonly clustering: Clustering };

/**
 * Compresses the patches of a batch, round by round: 588 → 294 → 147 → 74 at λ = 0.5.
 *
 * @param grouping What tells which tokens are merged.
 */
export function compress(
  weights: Arrays,
  patches: PaddedTokens,
  settings: PfcmSettings,
  grouping: typeof group = group,
): PaddedTokens {
  let x = patches;
  for (let r = 0; r < settings.rounds; r++) {
    x = round(weights, `rounds.${r}`, x, settings, grouping);
  }
  return x;
}

function round(
  weights: Arrays,
  name: string,
  { tokens, mask }: PaddedTokens,
  settings: PfcmSettings,
  grouping: typeof group,
): PaddedTokens {
  const w = (part: string) => weights[`${name}.${part}`].ref;
  const shown = mask.ref.reshape([...mask.shape, 1]);
  const x0 = tokens.mul(shown.ref);
  const x = layerNorm(
    x0.ref.add(convolve(x0, w("convolution.weight"))),
    w("norm.weight"),
    w("norm.bias"),
  );
  const importance = linear(x.ref, w("importance.weight"), w("importance.bias")); // I [B, N, 1]
  const { members, clusters } = grouping(x.ref, mask.ref, settings); // [B, M, N]

  // p* = Σ exp(I_j) p_j / Σ exp(I_j) over the tokens of a cluster.
  const exponential = np.exp(importance.ref).mul(shown); // [B, N, 1]
  const total = np.matmul(members.ref, exponential.ref).add(1e-6); // [B, M, 1]
  const merged = np.matmul(members, x.ref.mul(exponential)).div(total); // [B, M, D]

  // p* + softmax(QKᵀ / √d + I) V, eq. 7, one pre-norm for both sides.
  const norm = (y: np.Array) => layerNorm(y, w("attention.norm.weight"), w("attention.norm.bias"));
  const attended = attend({
    query: linear(norm(merged.ref), w("attention.query.weight"), w("attention.query.bias")),
    keyValue: linear(norm(x), w("attention.key_value.weight"), w("attention.key_value.bias")),
    importance: importance.reshape(mask.shape),
    mask,
    heads: settings.attentionHeads,
  });
  const projected = linear(attended, w("attention.project.weight"), w("attention.project.bias"));
  return { tokens: merged.add(projected), mask: clusters };
}

/** Σ_k W[·, ·, k]·x_{n+k−1} with zeros beyond both ends; `weight` is [D, D, 3]. */
function convolve(x: np.Array, weight: np.Array): np.Array {
  const [B, N, D] = x.shape;
  const padded = np.pad(x, [[0, 0], [1, 1], [0, 0]]); // [B, N + 2, D]
  const windows = [0, 1, 2].map((k) => padded.ref.slice([], [k, k + N], []));
  const inputs = np.concatenate(windows, 2).reshape([B * N, 3 * D]);
  const taps = weight.transpose([2, 1, 0]).reshape([3 * D, D]); // [k, in, out]
  return np.matmul(inputs, taps).reshape([B, N, D]);
}

/**
 * Attention with the keys' importance in the logits, softmax(QKᵀ / √d + I) V.
 *
 * @param query [B, M, D]
 * @param keyValue [B, N, 2D], the keys first.
 * @param importance I, [B, N].
 * @param mask 1 for a key, 0 for padding, [B, N].
 * @returns [B, M, D]
 */
export function attend(
  { query, keyValue, importance, mask, heads }: {
    query: np.Array;
    keyValue: np.Array;
    importance: np.Array;
    mask: np.Array;
    heads: number;
  },
): np.Array {
  const [B, M, D] = query.shape;
  const [, N] = keyValue.shape;
  const width = D / heads;
  const byHead = (y: np.Array, count: number) =>
    y.reshape([B, count, heads, width]).transpose([0, 2, 1, 3]); // [B, heads, count, width]
  const keys = byHead(keyValue.ref.slice([], [], [0, D]), N);
  const values = byHead(keyValue.slice([], [], [D, 2 * D]), N);
  const hidden = mask.sub(1).mul(1e9).reshape([B, 1, 1, N]);
  const logits = np.matmul(byHead(query, M), keys.transpose([0, 1, 3, 2]))
    .mul(width ** -0.5)
    .add(importance.reshape([B, 1, 1, N]))
    .add(hidden);
  const attended = np.matmul(nn.softmax(logits, -1), values); // [B, heads, M, width]
  return attended.transpose([0, 2, 1, 3]).reshape([B, M, D]);
}

/** A PyTorch `Linear` over the last axis; `weight` is [outputs, inputs]. */
export function linear(x: np.Array, weight: np.Array, bias: np.Array): np.Array {
  const shape = x.shape;
  const rows = x.reshape([-1, shape.at(-1)!]);
  const [outputs] = weight.shape;
  return np.matmul(rows, weight.transpose()).add(bias).reshape([...shape.slice(0, -1), outputs]);
}

/** Layer norm over the last axis. */
export function layerNorm(x: np.Array, weight: np.Array, bias: np.Array): np.Array {
  const centred = x.ref.sub(x.mean(-1, { keepdims: true }));
  const variance = np.square(centred.ref).mean(-1, { keepdims: true });
  return centred.div(np.sqrt(variance.add(1e-5))).mul(weight).add(bias);
}
