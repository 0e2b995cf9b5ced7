/**
 * X-Pool's text-conditioned pooling of frames (Gorti et al. 2022), a baseline. Arrays are consumed.
 *
 * @module
 */
import { nn, numpy as np } from "@jax-js/jax";
import type { Arrays, ParameterSpecs } from "./parameters.ts";
import { layerNorm, linear } from "./pfcm.ts";
import { unit } from "./similarity.ts";

/** What the pooling learns. */
export function xPoolParameters(dim: number): ParameterSpecs {
  const specs: Record<string, ParameterSpecs[string]> = {};
  const bias = (name: string) => {
    specs[`x_pool.${name}.bias`] = { shape: [dim], init: { constant: 0 }, decay: false };
  };
  for (const name of ["query", "key", "value", "output", "linear"]) {
    // As its authors' code begins.
    specs[`x_pool.${name}.weight`] = { shape: [dim, dim], init: { identity: true }, decay: true };
    bias(name);
  }
  for (const name of ["norm1", "norm2", "norm3"]) {
    specs[`x_pool.${name}.weight`] = { shape: [dim], init: { constant: 1 }, decay: false };
    bias(name);
  }
  return specs;
}

/**
 * Every text's own pooling of every video's frames.
 *
 * @param sentences T_s, [A, D].
 * @param frames V_f, [B, F, D].
 * @param mask 1 for a frame, 0 for padding, [B, F].
 * @returns [A, B, D]
 */
export function xPool(
  weights: Arrays,
  sentences: np.Array,
  frames: np.Array,
  mask: np.Array,
): np.Array {
  const w = (name: string) => weights[`x_pool.${name}`].ref;
  const layer = (x: np.Array, name: string) => linear(x, w(`${name}.weight`), w(`${name}.bias`));
  const norm = (x: np.Array, name: string) => layerNorm(x, w(`${name}.weight`), w(`${name}.bias`));
  const [A, D] = sentences.shape;
  const [B, F] = mask.shape;
  const texts = norm(sentences, "norm1");
  const shown = norm(frames, "norm1");
  const queries = layer(texts, "query");
  const keys = layer(shown.ref, "key");
  const hidden = mask.sub(1).mul(1e9).reshape([1, B, F]);
  const logits = np.einsum("ad,bfd->abf", queries, keys).mul(D ** -0.5).add(hidden);
  const values = layer(shown, "value"); // [B, F, D]
  const pooled = np.einsum("abf,bfd->abd", nn.softmax(logits, -1), values).reshape([A, B, D]);
  const attended = norm(layer(pooled, "output"), "norm2");
  return norm(attended.ref.add(layer(attended, "linear")), "norm3");
}

/** The cosine of every text with its own pooling of every video, [A, B]; `sentences` are units. */
export function pooledSimilarity(sentences: np.Array, pooled: np.Array): np.Array {
  return np.einsum("ad,abd->ab", sentences, unit(pooled));
}
