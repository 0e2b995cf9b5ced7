/**
 * The weights of a CLIP model as inputs of its graphs, so that they can be learned.
 *
 * @module
 */
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
};
