/**
 * The transformer that both towers of CLIP are made of. Tokens are rows, [B·T, width], in every
 * matrix product; only attention sees sequences.
 *
 * @module
 */
import { attention, quickGelu } from "../../onnx/fused.ts";
import type { Graph, Value } from "../../onnx/graph.ts";
import type { Activation, TowerConfig } from "./config.ts";
import type { TowerWeights } from "./weights.ts";

/**
 * All layers of a tower.
 *
 * @param x The embedded tokens, [B·T, width].
 * @param prefix What the names of the layers' weights begin with, `vision_model.encoder`.
 * @param tokens T, the length of a sequence; -1 when there is one sequence of any length.
 * @param causal Whether a token sees only those before it.
 * @returns The last layer's tokens, [B·T, width], before any norm.
 */
export function transformer(
  g: Graph,
  weights: TowerWeights,
  x: Value,
  { prefix, config, tokens, causal }: {
    prefix: string;
    config: TowerConfig;
    tokens: number;
    causal: boolean;
  },
): Value {
  const { width, mlpWidth, heads, activation } = config;
  const square = { inputs: width, outputs: width };

  for (let i = 0; i < config.layers; i++) {
    const layer = `${prefix}.layers.${i}`;
    const normed = layerNorm(g, weights, x, `${layer}.layer_norm1`, config);
    const [q, k, v] = ["q_proj", "k_proj", "v_proj"].map((name) =>
      weights.linear(g, normed, `${layer}.self_attn.${name}`, square)
    );
    const attended = attention(g, q, k, v, { width, heads, tokens, causal });
    x = g.op("Add", [x, weights.linear(g, attended, `${layer}.self_attn.out_proj`, square)]);

    const wide = weights.linear(
      g,
      layerNorm(g, weights, x, `${layer}.layer_norm2`, config),
      `${layer}.mlp.fc1`,
      { inputs: width, outputs: mlpWidth },
    );
    x = g.op("Add", [
      x,
      weights.linear(g, activate(g, wide, activation), `${layer}.mlp.fc2`, {
        inputs: mlpWidth,
        outputs: width,
      }),
    ]);
  }
  return x;
}

/** A layer norm over the rows of `x`, [rows, width]. */
export function layerNorm(
  g: Graph,
  weights: TowerWeights,
  x: Value,
  name: string,
  { width, epsilon }: TowerConfig,
): Value {
  return g.op("LayerNormalization", [
    x,
    weights.float32(g, `${name}.weight`, [width]),
    weights.float32(g, `${name}.bias`, [width]),
  ], { axis: -1, epsilon: { float: epsilon } });
}

function activate(g: Graph, x: Value, activation: Activation): Value {
  return activation === "gelu"
    ? g.op("Gelu", [x]) // with erf
    : quickGelu(g, x);
}
