/**
 * How the tokens of one side become one: what each of them weighs (SKRR eq. 1, table 10). Arrays
 * are consumed.
 *
 * @module
 */
import { nn, numpy as np } from "@jax-js/jax";
import type { Aggregation } from "./configuration.ts";
import type { Arrays, ParameterSpecs } from "./parameters.ts";
import { attend, layerNorm, linear, type PaddedTokens } from "./pfcm.ts";
import { maskedSoftmax } from "./similarity.ts";

/** The sides that have weights of their own. */
export type Side = "word" | "frame" | "patch";

/** Tokens and what each weighs. */
export interface WeighedTokens extends PaddedTokens {
  /** θ, 0 where a token is padding, [B, N]. */
  readonly weights: np.Array;
}

/** What the sides learn, by the names of `heads.safetensors`. */
export function aggregationParameters(
  dim: number,
  aggregation: Aggregation,
  sides: readonly Side[],
): ParameterSpecs {
  const specs: Record<string, ParameterSpecs[string]> = {};
  const add = (name: string, weight: number[], normal = 0.02) => {
    specs[`${name}.weight`] = { shape: weight, init: { normal }, decay: true };
    specs[`${name}.bias`] = { shape: [weight[0]], init: { constant: 0 }, decay: false };
  };
  for (const side of sides) {
    if (aggregation.startsWith("mha")) {
      const mha = `mha.${side}`;
      specs[`${mha}.norm.weight`] = { shape: [dim], init: { constant: 1 }, decay: false };
      specs[`${mha}.norm.bias`] = { shape: [dim], init: { constant: 0 }, decay: false };
      add(`${mha}.query`, [dim, dim]);
      add(`${mha}.key_value`, [2 * dim, dim]);
      add(`${mha}.project`, [dim, dim]);
    }
    if (aggregation.endsWith("mlp")) {
      add(`interaction.${side}.0`, [2 * dim, dim]);
      add(`interaction.${side}.2`, [1, 2 * dim]);
    }
  }
  return specs;
}

/**
 * Weighs tokens: θ = softmax over the valid ones of MLP(D → 2D → 1, ReLU), or all the same; with
 * self-attention before, LN(x + MHA(x)), where the aggregation says so.
 */
export function weigh(
  weights: Arrays,
  side: Side,
  { tokens, mask }: PaddedTokens,
  aggregation: Aggregation,
  heads: number,
): WeighedTokens {
  const w = (name: string) => weights[name].ref;
  const layer = (x: np.Array, name: string) => linear(x, w(`${name}.weight`), w(`${name}.bias`));
  if (aggregation.startsWith("mha")) {
    const mha = `mha.${side}`;
    const attended = attend({
      query: layer(tokens.ref, `${mha}.query`),
      keyValue: layer(tokens.ref, `${mha}.key_value`),
      importance: np.zeros(mask.shape),
      mask: mask.ref,
      heads,
    });
    tokens = layerNorm(
      tokens.add(layer(attended, `${mha}.project`)),
      w(`${mha}.norm.weight`),
      w(`${mha}.norm.bias`),
    );
  }
  const logits = aggregation.endsWith("mlp")
    ? layer(nn.relu(layer(tokens.ref, `interaction.${side}.0`)), `interaction.${side}.2`)
      .reshape(mask.shape)
    : np.zeros(mask.shape);
  return { tokens, mask: mask.ref, weights: maskedSoftmax(logits, mask) };
}
