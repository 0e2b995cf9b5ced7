/**
 * The weights of a CLIP model as its graphs use them: external data that points into the model's
 * safetensors file, so that nothing is converted or copied on disk.
 *
 * @module
 */
import { basename, dirname } from "node:path";
import type { ElementType, Graph, Value, Weight, WeightData } from "../../onnx/graph.ts";
import { scaleName } from "./quantise.ts";
import { readSafetensors, type SafetensorsFile, type TensorEntry } from "../safetensors.ts";

/** Hands the weights of a model to the graphs built over it. */
export interface TowerWeights {
  /**
   * A weight as a float32 value of the graph.
   *
   * @param name The tensor's name in the file.
   * @param shape Its dimensions; those in the file may be grouped otherwise.
   * @throws {Error} If the file has no such tensor, or one of another size or kind.
   */
  float32(g: Graph, name: string, shape: readonly number[]): Value;
  /**
   * The rows of a table that `ids` name, as float32: only they are widened.
   *
   * @param shape [table rows, width]
   * @param ids Integers, [n].
   * @returns [n, width]
   */
  rows(g: Graph, name: string, shape: readonly [number, number], ids: Value): Value;
  /**
   * A PyTorch `Linear` over the rows of `x`.
   *
   * @param x [rows, inputs]
   * @param name The layer's name; its tensors are `name.weight` [outputs, inputs] and `name.bias`.
   * @returns [rows, outputs]
   */
  linear(g: Graph, x: Value, name: string, shape: LinearShape): Value;
  /**
   * Batch normalisation of the outputs of the layer `name` (Ioffe & Szegedy, 2015). Stored weights
   * have it folded in, so that only the bias is added.
   *
   * @param x The layer's outputs without a bias, [rows, channels].
   * @returns [rows, channels]
   */
  batchNorm(g: Graph, x: Value, name: string, channels: number): Value;
}

/** Weights that lie in a file. */
export interface Weights extends TowerWeights {
  /** The folder that the file lies in, symlinks resolved: ONNX Runtime maps nothing outside it. */
  readonly folder: string;
  /** Where the bytes of a weight are, for {@linkcode Graph.toModel}. */
  locate(weight: Weight): WeightData;
}

/** The shape of a linear layer. */
export interface LinearShape {
  readonly inputs: number;
  readonly outputs: number;
  /** Defaults to true. */
  readonly bias?: boolean;
}

const GRAPH_TYPE: Partial<Record<TensorEntry["dtype"], ElementType>> = {
  F32: "float32",
  F16: "float16",
  BF16: "bfloat16",
};

/** How to use weights. */
export interface WeightsOptions {
  /**
   * Multiplies bytes without a sign, which is exact where signed ones overflow, see
   * {@linkcode byteProductsOverflow}. Defaults to false.
   */
  readonly exactBytes?: boolean;
}

/** What is added to a weight in eight bits to have no sign. */
const OFFSET = 128;

/**
 * Opens the weights of a model, of F32, F16 or BF16, or those that {@linkcode quantisedWeights}
 * makes of them. Halves are widened when a session opens: the CPU computes in float32.
 *
 * @param path The safetensors file, or a symlink to it.
 * @throws {Error} If the file cannot be read or is damaged.
 */
export async function openWeights(
  path: string,
  { exactBytes = false }: WeightsOptions = {},
): Promise<Weights> {
  const file = await readSafetensors(path);
  const real = await Deno.realPath(path); // hub caches are made of links
  const weights: Weights = {
    folder: dirname(real),
    float32(g, name, shape) {
      const type = graphType(file, name, shape);
      const value = g.weight({ name, type, dims: shape });
      return type === "float32" ? value : g.cast(value, "float32");
    },
    rows(g, name, shape, ids) {
      const type = graphType(file, name, shape);
      const rows = g.op("Gather", [g.weight({ name, type, dims: shape }), ids], { axis: 0 });
      return type === "float32" ? rows : g.cast(rows, "float32");
    },
    linear(g, x, name, { inputs, outputs, bias = true }) {
      const weight = `${name}.weight`;
      if (file.tensors.get(weight)?.dtype === "I8") {
        const [bytes, scale, zero] = g.ops("DynamicQuantizeLinear", [x], 3);
        const signed = g.weight({ name: weight, type: "int8", dims: [inputs, outputs] });
        return g.op(
          "MatMulIntegerToFloat",
          [
            bytes,
            exactBytes ? unsigned(g, signed) : signed,
            scale,
            weights.float32(g, scaleName(weight), [outputs]),
            zero,
            exactBytes ? g.cast(g.floats(OFFSET), "uint8") : "",
            bias ? weights.float32(g, `${name}.bias`, [outputs]) : "",
          ],
          {},
          "com.microsoft",
        );
      }
      const operands = [x, weights.float32(g, weight, [outputs, inputs])];
      if (bias) operands.push(weights.float32(g, `${name}.bias`, [outputs]));
      return g.op("Gemm", operands, { transB: 1 });
    },
    batchNorm: (g, x, name, channels) =>
      g.op("Add", [x, weights.float32(g, `${name}.bias`, [channels])]),
    locate({ name }) {
      const { offset, length } = file.tensors.get(name)!;
      return { file: basename(real), offset, length };
    },
  };
  return weights;
}

/** Bytes moved by {@linkcode OFFSET}: of a constant, so a session does it once, when it opens. */
function unsigned(g: Graph, signed: Value): Value {
  return g.cast(g.op("Add", [g.cast(signed, "float32"), g.floats(OFFSET)]), "uint8");
}

function graphType(file: SafetensorsFile, name: string, shape: readonly number[]): ElementType {
  const problem = (why: string) => new Error(`Cannot use the weights of "${file.path}": ${why}`);
  const tensor = file.tensors.get(name);
  if (!tensor) throw problem(`they have no "${name}"`);
  const type = GRAPH_TYPE[tensor.dtype];
  if (!type) throw problem(`"${name}" is ${tensor.dtype}, not F32, F16 or BF16`);
  const size = (dims: readonly number[]) => dims.reduce((product, dim) => product * dim, 1);
  if (size(tensor.shape) !== size(shape)) {
    throw problem(`"${name}" is [${tensor.shape}] but the config asks for [${shape}]`);
  }
  return type;
}
