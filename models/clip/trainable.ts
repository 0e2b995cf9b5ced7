/**
 * The weights of a CLIP model as inputs of its graphs, so that they can be learned.
 *
 * @module
 */
import type { Value } from "../../onnx/graph.ts";
import type { TowerWeights } from "./weights.ts";

/** Declares every weight as float32, in the shapes that checkpoints have. */
export const trainableWeights: TowerWeights = {
  float32: (g, name, shape) => g.weight({ name, type: "float32", dims: shape }),
  rows: (g, name, shape, ids) =>
    g.op("Gather", [g.weight({ name, type: "float32", dims: shape }), ids], { axis: 0 }),
  linear(g, x, name, { inputs, outputs, bias = true }) {
    const operands = [
      x,
      g.weight({ name: `${name}.weight`, type: "float32", dims: [outputs, inputs] }),
    ];
    if (bias) operands.push(g.weight({ name: `${name}.bias`, type: "float32", dims: [outputs] }));
    return g.op("Gemm", operands, { transB: 1 });
  },
  batchNorm: (g, x, name, channels) =>
    g.op("Add", [x, trainableWeights.float32(g, `${name}.bias`, [channels])]),
};

/** ε of batch normalisation, as in PyTorch. */
const EPSILON = 1e-5;

/**
 * Told about the outputs of a layer that are normalised: their means and variances, [1, outputs].
 */
export type MomentsListener = (name: string, mean: Value, variance: Value) => void;

/**
 * The same for a model that learns with batch normalisation, which stored weights have folded in,
 * {@linkcode foldBatchNorms}.
 */
export function normalisingWeights(onMoments?: MomentsListener): TowerWeights {
  return {
    ...trainableWeights,
    batchNorm(g, x, name, channels) {
      const rows = g.ints([0]);
      const mean = g.op("ReduceMean", [x, rows], { keepdims: 1 });
      const centred = g.op("Sub", [x, mean]);
      const variance = g.op("ReduceMean", [g.op("Mul", [centred, centred]), rows], { keepdims: 1 });
      onMoments?.(name, mean, variance);
      const deviation = g.op("Sqrt", [g.op("Add", [variance, g.floats(EPSILON)])]);
      const [scale, shift] = ["weight", "bias"].map((part) =>
        g.weight({ name: `${name}.norm.${part}`, type: "float32", dims: [1, channels] })
      );
      const gain = g.op("Div", [scale, deviation]);
      return g.op("Add", [g.op("Mul", [centred, gain]), shift]);
    },
  };
}

/** Of the outputs of a layer, each [outputs]. */
export interface Moments {
  readonly mean: Float32Array;
  readonly variance: Float32Array;
}

/**
 * Normalisations folded into the weights and biases of their layers, so that a picture no longer
 * depends on those beside it.
 *
 * @param values A model's tensors by name; a layer's weight has a row a channel.
 * @param moments Of each normalised layer, by name.
 */
export function foldBatchNorms(
  values: Readonly<Record<string, Float32Array>>,
  moments: ReadonlyMap<string, Moments>,
): Record<string, Float32Array> {
  const folded = { ...values };
  for (const [name, { mean, variance }] of moments) {
    const [weight, scale, shift] = ["weight", "norm.weight", "norm.bias"].map((part) =>
      values[`${name}.${part}`]
    );
    const gain = scale.map((value, o) => value / Math.sqrt(variance[o] + EPSILON));
    const inputs = weight.length / gain.length;
    folded[`${name}.weight`] = weight.map((value, i) => value * gain[Math.floor(i / inputs)]);
    folded[`${name}.bias`] = shift.map((value, o) => value - mean[o] * gain[o]);
    delete folded[`${name}.norm.weight`];
    delete folded[`${name}.norm.bias`];
  }
  return folded;
}

/**
 * The normalisation that leaves a layer's outputs as they are and adds a bias, the inverse of
 * {@linkcode foldBatchNorms}.
 *
 * @param moments Of the outputs before the bias.
 */
export function unfoldedNorm(
  bias: Float32Array,
  { mean, variance }: Moments,
): { readonly scale: Float32Array; readonly shift: Float32Array } {
  return {
    scale: variance.map((value) => Math.sqrt(value + EPSILON)),
    shift: mean.map((value, o) => value + bias[o]),
  };
}
