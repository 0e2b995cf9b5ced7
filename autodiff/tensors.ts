/**
 * Tensors of an ONNX graph under construction, as expressions: equal expressions are one object,
 * and only what the outputs need is written into the graph.
 *
 * @module
 */
import { TensorProto_DataType } from "onnx-buf";
import type { Attribute, Graph, Value } from "../onnx/graph.ts";

/** The element types of traced arrays. */
export type ElementType = "float32" | "int32" | "bool";

/** ONNX's number of an element type, for `Cast`. */
export const DATA_TYPE: Record<ElementType, number> = {
  float32: TensorProto_DataType.FLOAT,
  int32: TensorProto_DataType.INT32,
  bool: TensorProto_DataType.BOOL,
};

/** The output of a node, an input or a constant. */
export interface Tensor {
  /** Counts up in the order of creation. */
  readonly id: number;
  /** An ONNX operator, or `input`, `ints` or `constant` for what no operator computes. */
  readonly op: string;
  readonly inputs: readonly Tensor[];
  readonly attributes: Readonly<Record<string, Attribute>>;
  readonly shape: readonly number[];
  /** The number that a constant without dimensions is. */
  readonly value?: number;
  /** The numbers that a list of int64 is. */
  readonly list?: readonly number[];
  /** Adds it to a graph where its inputs have these names. */
  readonly write: (graph: Graph, inputs: Value[]) => Value;
}

/** Operators of `com.microsoft` among those of the standard. */
const MICROSOFT = new Set(["FusedMatMul"]);

/** Operators whose inputs are put in one order, so that equal expressions are. */
const COMMUTATIVE = new Set(["Add", "Mul", "Min", "Max", "And", "Or", "Xor", "Equal"]);

/** All tensors of one graph. */
export class Tensors {
  readonly #all = new Map<string, Tensor>();

  /** An input of the graph. */
  input(name: string, type: "float32" | "int32", shape: readonly number[]): Tensor {
    return this.#add(`input ${name}`, {
      op: "input",
      shape,
      write: (graph) => graph.input(name, type, shape),
    });
  }

  /**
   * What an operator makes.
   *
   * @param shape The output's.
   * @param output Which of `outputs` outputs it is.
   */
  op(
    op: string,
    operands: readonly Tensor[],
    shape: readonly number[],
    attributes: Readonly<Record<string, Attribute>> = {},
    { output, outputs } = { output: 0, outputs: 1 },
  ): Tensor {
    const inputs = inOrder(op, operands);
    const domain = MICROSOFT.has(op) ? "com.microsoft" : "";
    const key = keyOf(op, inputs, attributes, output);
    return this.#add(key, {
      op,
      inputs,
      attributes,
      shape,
      write: (graph, values) => graph.ops(op, values, outputs, attributes, domain)[output],
    });
  }

  /** What an operator without attributes makes, if that is there already. */
  known(op: string, operands: readonly Tensor[]): Tensor | undefined {
    return this.#all.get(keyOf(op, inOrder(op, operands), {}, 0));
  }

  /** A list of int64: a shape, axes, a permutation. */
  ints(values: readonly number[]): Tensor {
    return this.#add(`ints ${values}`, {
      op: "ints",
      shape: [values.length],
      list: values,
      write: (graph) => graph.ints(values),
    });
  }

  /** A constant without dimensions. */
  scalar(type: ElementType, value: number): Tensor {
    return this.#add(`scalar ${type} ${Object.is(value, -0) ? "-0" : value}`, {
      op: "constant",
      shape: [],
      value,
      write: (graph) => {
        if (type === "float32") return graph.floats(value);
        return graph.op("Cast", [graph.ints([value], [])], { to: DATA_TYPE[type] });
      },
    });
  }

  /** A constant of any shape. */
  constant(type: ElementType, data: ArrayLike<number>, shape: readonly number[]): Tensor {
    return this.#add(`constant ${this.#all.size}`, {
      op: "constant",
      shape,
      write: (graph) => {
        if (type === "float32") return graph.floats(Float32Array.from(data), shape);
        return graph.op("Cast", [graph.ints(Array.from(data), shape)], { to: DATA_TYPE[type] });
      },
    });
  }

  /** Writes what `outputs` need, in the order of creation, and returns their names. */
  write(graph: Graph, outputs: readonly Tensor[]): Value[] {
    const needed = new Set<Tensor>();
    const pending = [...outputs];
    for (let tensor = pending.pop(); tensor; tensor = pending.pop()) {
      if (needed.has(tensor)) continue;
      needed.add(tensor);
      pending.push(...tensor.inputs);
    }
    const values = new Map<Tensor, Value>();
    for (const tensor of this.#all.values()) {
      if (!needed.has(tensor) && tensor.op !== "input") continue;
      values.set(tensor, tensor.write(graph, tensor.inputs.map((input) => values.get(input)!)));
    }
    return outputs.map((output) => values.get(output)!);
  }

  #add(
    key: string,
    tensor: Omit<Tensor, "id" | "inputs" | "attributes"> & Partial<Tensor>,
  ): Tensor {
    let known = this.#all.get(key);
    if (!known) {
      known = { inputs: [], attributes: {}, ...tensor, id: this.#all.size };
      this.#all.set(key, known);
    }
    return known;
  }
}

function inOrder(op: string, operands: readonly Tensor[]): readonly Tensor[] {
  return COMMUTATIVE.has(op) ? operands.toSorted((a, b) => a.id - b.id) : operands;
}

function keyOf(
  op: string,
  inputs: readonly Tensor[],
  attributes: Readonly<Record<string, Attribute>>,
  output: number,
): string {
  return `${op} ${inputs.map(({ id }) => id)} ${JSON.stringify(attributes)} ${output}`;
}
