/**
 * A typed builder of ONNX graphs. Every model and every matrix product of the CPU backend is
 * written once with it: inference stores the weights as initialisers that point into a
 * safetensors file, training declares the same weights as graph inputs.
 *
 * @module
 */
import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import {
  AttributeProto_AttributeType,
  type AttributeProtoSchema,
  GraphProtoSchema,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  type TensorProto,
  TensorProto_DataLocation,
  TensorProto_DataType,
  TensorProtoSchema,
  type ValueInfoProtoSchema,
} from "onnx-buf";

/** The element types that our graphs use. */
export type ElementType =
  | "float32"
  | "float16"
  | "bfloat16"
  | "uint8"
  | "int8"
  | "int32"
  | "int64";

/** A dimension: a fixed size, or the name of one that varies between runs. */
export type Dim = number | string;

/** The name of a tensor in a graph, as {@linkcode Graph} hands it out. */
export type Value = string & { readonly __value: unique symbol };

/** An attribute of a node. Integers are the default; `{ float }` marks a float. */
export type Attribute = number | readonly number[] | string | { readonly float: number };

/** Where the bytes of a weight are: in memory, or in a file beside the model. */
export type WeightData =
  | { readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly file: string; readonly offset: number; readonly length: number };

/** A weight as the graph declares it. */
export interface Weight {
  readonly name: string;
  readonly type: ElementType;
  readonly dims: readonly number[];
}

const DATA_TYPE: Record<ElementType, TensorProto_DataType> = {
  float32: TensorProto_DataType.FLOAT,
  float16: TensorProto_DataType.FLOAT16,
  bfloat16: TensorProto_DataType.BFLOAT16,
  uint8: TensorProto_DataType.UINT8,
  int8: TensorProto_DataType.INT8,
  int32: TensorProto_DataType.INT32,
  int64: TensorProto_DataType.INT64,
};

const IR_VERSION = 10n;
const OPSET = 21n;

interface Port {
  readonly name: string;
  readonly type: ElementType;
  readonly dims: readonly Dim[];
}

/**
 * One ONNX graph under construction: inputs and weights come first, then nodes, then outputs.
 *
 * @example A linear layer
 * ```ts
 * import { Graph } from "./graph.ts";
 * import assert from "node:assert/strict";
 *
 * const g = new Graph("linear");
 * const x = g.input("x", "float32", ["rows", 2]);
 * const w = g.weight({ name: "w", type: "float32", dims: [3, 2] });
 * g.output("y", g.op("Gemm", [x, w], { transB: 1 }), "float32", ["rows", 3]);
 * const model = g.toModel(() => ({ bytes: new Uint8Array(24) }));
 * assert(model.byteLength > 0);
 * ```
 */
export class Graph {
  /** Whether the graph keeps to ONNX's own operators, which automatic differentiation knows. */
  readonly standardOnly: boolean;
  readonly #name: string;
  readonly #inputs: Port[] = [];
  readonly #outputs: Port[] = [];
  readonly #nodes: NodeProto[] = [];
  readonly #weights = new Map<string, Weight>();
  readonly #constants = new Map<string, TensorProto>();

  constructor(name: string, { standardOnly = false }: { standardOnly?: boolean } = {}) {
    this.#name = name;
    this.standardOnly = standardOnly;
  }

  /** The weights declared so far, by name. */
  get weights(): ReadonlyMap<string, Weight> {
    return this.#weights;
  }

  /** Declares an input that every run is fed with. */
  input(name: string, type: ElementType, dims: readonly Dim[]): Value {
    this.#inputs.push({ name, type, dims });
    return name as Value;
  }

  /** Declares a weight; the same name twice is the same weight. */
  weight(weight: Weight): Value {
    this.#weights.set(weight.name, weight);
    return weight.name as Value;
  }

  /** A constant list of int64 (shapes, axes); `dims` of `[]` makes it a scalar. */
  ints(values: readonly number[], dims: readonly number[] = [values.length]): Value {
    const bytes = new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
    return this.#constant(`int64 ${dims}:${values}`, "int64", dims, bytes);
  }

  /** A constant float32 tensor, a scalar unless `dims` says otherwise. */
  floats(values: number | Float32Array, dims: readonly number[] = []): Value {
    const data = typeof values === "number" ? Float32Array.of(values) : values.slice();
    const key = typeof values === "number" ? `float32 ${values}` : `tensor ${this.#constants.size}`;
    return this.#constant(key, "float32", dims, new Uint8Array(data.buffer));
  }

  /** Appends a node with one output. An empty string stands for an optional input left out. */
  op(
    type: string,
    inputs: readonly (Value | "")[],
    attributes: Record<string, Attribute> = {},
    domain: "" | "com.microsoft" = "",
  ): Value {
    return this.ops(type, inputs, 1, attributes, domain)[0];
  }

  /** Appends a node with `count` outputs. */
  ops(
    type: string,
    inputs: readonly (Value | "")[],
    count: number,
    attributes: Record<string, Attribute> = {},
    domain: "" | "com.microsoft" = "",
  ): Value[] {
    const id = this.#nodes.length;
    const output = Array.from({ length: count }, (_, i) => `${type}_${id}_${i}` as Value);
    this.#nodes.push(create(NodeProtoSchema, {
      name: `${type}_${id}`,
      opType: type,
      domain,
      input: [...inputs],
      output,
      attribute: Object.entries(attributes).map(([name, value]) => attribute(name, value)),
    }));
    return output;
  }

  /** Appends a conversion to another element type. */
  cast(value: Value, type: ElementType): Value {
    return this.op("Cast", [value], { to: DATA_TYPE[type] });
  }

  /** Declares `value` as an output under `name`. */
  output(name: string, value: Value, type: ElementType, dims: readonly Dim[]): void {
    this.#nodes.push(
      create(NodeProtoSchema, { opType: "Identity", input: [value], output: [name] }),
    );
    this.#outputs.push({ name, type, dims });
  }

  /**
   * Serialises the graph as an ONNX model.
   *
   * @param locate Says where each weight's bytes are. Without it the weights become graph inputs.
   */
  toModel(locate?: (weight: Weight) => WeightData): Uint8Array {
    const weights = [...this.#weights.values()];
    const inputs = locate ? this.#inputs : [...this.#inputs, ...weights];
    const initializer = [...this.#constants.values()];
    if (locate) initializer.push(...weights.map((weight) => tensor(weight, locate(weight))));
    return toBinary(
      ModelProtoSchema,
      create(ModelProtoSchema, {
        irVersion: IR_VERSION,
        producerName: "fovea",
        opsetImport: [
          { domain: "", version: OPSET },
          { domain: "com.microsoft", version: 1n },
        ],
        graph: create(GraphProtoSchema, {
          name: this.#name,
          node: this.#nodes,
          initializer,
          input: inputs.map(valueInfo),
          output: this.#outputs.map(valueInfo),
        }),
      }),
    );
  }

  #constant(
    key: string,
    type: ElementType,
    dims: readonly number[],
    bytes: Uint8Array<ArrayBuffer>,
  ): Value {
    let constant = this.#constants.get(key);
    if (!constant) {
      constant = tensor({ name: `constant_${this.#constants.size}`, type, dims }, { bytes });
      this.#constants.set(key, constant);
    }
    return constant.name as Value;
  }
}

function tensor(weight: Weight, data: WeightData): TensorProto {
  const common = {
    name: weight.name,
    dataType: DATA_TYPE[weight.type],
    dims: weight.dims.map(BigInt),
  };
  if ("bytes" in data) return create(TensorProtoSchema, { ...common, rawData: data.bytes });
  return create(TensorProtoSchema, {
    ...common,
    dataLocation: TensorProto_DataLocation.EXTERNAL,
    externalData: [
      { key: "location", value: data.file },
      { key: "offset", value: String(data.offset) },
      { key: "length", value: String(data.length) },
    ],
  });
}

function valueInfo({ name, type, dims }: Port): MessageInitShape<typeof ValueInfoProtoSchema> {
  const dim = dims.map((d) => ({
    value: typeof d === "number"
      ? { case: "dimValue" as const, value: BigInt(d) }
      : { case: "dimParam" as const, value: d },
  }));
  const tensorType = { elemType: DATA_TYPE[type], shape: { dim } };
  return { name, type: { value: { case: "tensorType", value: tensorType } } };
}

function attribute(
  name: string,
  value: Attribute,
): MessageInitShape<typeof AttributeProtoSchema> {
  const types = AttributeProto_AttributeType;
  if (typeof value === "string") {
    return { name, type: types.STRING, s: new TextEncoder().encode(value) };
  }
  if (typeof value === "number") return { name, type: types.INT, i: BigInt(value) };
  if ("float" in value) return { name, type: types.FLOAT, f: value.float };
  return { name, type: types.INTS, ints: value.map(BigInt) };
}
