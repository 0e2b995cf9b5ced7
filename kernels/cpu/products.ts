/**
 * The matrix products of the CPU backend: one small ONNX graph each, opened once for a set of
 * weights and kept as long as the weights live. Everything a product drags along that ONNX Runtime
 * vectorises (bias, ReLU, LayerNorm, softmax) is in its graph, so that nothing crosses between
 * the runtime and JavaScript more often than it must.
 *
 * @module
 */
import * as ort from "onnxruntime-node";
import { Graph, type Value } from "../../onnx/graph.ts";
import { openSession } from "../../onnx/session.ts";
import type { Attention, Linear, Mlp, Norm } from "../backend.ts";

/** ONNX's number for float32, for Cast. */
const FLOAT32 = 1;
const EPSILON = { float: 1e-5 };

type Data = Float32Array | Float16Array | BigInt64Array;
type Input = readonly [data: Data, ...dims: number[]];

/** What the builder of a graph returns: its output, or several. */
type Built = Value | readonly Value[];

/** An opened graph. */
export class Product {
  readonly #session: ort.InferenceSession;

  private constructor(session: ort.InferenceSession) {
    this.#session = session;
  }

  /** Opens the graph that `build` makes; its weights must be constants. */
  static async open(name: string, threads: number, build: (g: Graph) => Built): Promise<Product> {
    const graph = new Graph(name);
    const built = build(graph);
    const outputs = typeof built === "string" ? [built] : built;
    outputs.forEach((y, i) => graph.output(`y${i}`, y, "float32", [`rows ${i}`, `columns ${i}`]));
    const model = graph.toModel(() => {
      throw new Error(`Cannot open ${name}: it has weights that are not constants`);
    });
    return new Product(await openSession(model, { threads }));
  }

  /** Runs a graph of one output on inputs by name. */
  async run(inputs: Record<string, Input>): Promise<Float32Array> {
    return (await this.runAll(inputs))[0];
  }

  /** Runs the graph on inputs by name, for all its outputs. */
  async runAll(inputs: Record<string, Input>): Promise<Float32Array[]> {
    const feeds: Record<string, ort.Tensor> = {};
    for (const [name, [data, ...dims]] of Object.entries(inputs)) feeds[name] = tensor(data, dims);
    const outputs = await this.#session.run(feeds);
    return this.#session.outputNames.map((name) => outputs[name].data as Float32Array);
  }
}

function tensor(data: Data, dims: number[]): ort.Tensor {
  if (data instanceof Float32Array) return new ort.Tensor("float32", data, dims);
  if (data instanceof BigInt64Array) return new ort.Tensor("int64", data, dims);
  // The binding takes halves as Uint16Array, the constructor of Tensor only as Float16Array.
  const halves = new Uint16Array(data.buffer, data.byteOffset, data.length);
  return { type: "float16", dims, data: halves, location: "cpu" } as unknown as ort.Tensor;
}

/** Opens products on demand and keeps them by the weights they were made of. */
export class Products {
  readonly #threads: number;
  readonly #byWeights = new WeakMap<object, Promise<Product>>();
  readonly #weightless = new Map<string, Promise<Product>>();

  constructor(threads: number) {
    this.#threads = threads;
  }

  /** x [N, inputs] → [N, outputs]. */
  linear(layer: Linear): Promise<Product> {
    return this.#of(layer, "linear", (g) => gemm(g, input(g, "x"), layer));
  }

  /** x [N, D] → LayerNorm(x + Conv1d(x)). */
  convolve(convolution: Float32Array, norm: Norm): Promise<Product> {
    return this.#of(convolution, "convolve", (g) => {
      const x = input(g, "x");
      // Row i of [x_{i−1} | x_i | x_{i+1}]; pads of −1 drop the row that is shifted out.
      const previous = g.op("Pad", [x, g.ints([1, 0, -1, 0])]);
      const next = g.op("Pad", [x, g.ints([-1, 0, 1, 0])]);
      const window = g.op("Concat", [previous, x, next], { axis: 1 });
      const taps = windowWeights(convolution, norm.weight.length);
      return layerNorm(g, g.op("MatMul", [window, taps(g)]), norm);
    });
  }

  /** rows [R, D], x [N, D] → rows·xᵀ. */
  gram(): Promise<Product> {
    return this.#plain(
      "gram",
      (g) => g.op("Gemm", [input(g, "rows"), input(g, "x")], { transB: 1 }),
    );
  }

  /** merged [M, D], x [N, D], importance [N] → merged + attention, eq. 7. */
  attend(weights: Attention): Promise<Product> {
    return this.#of(weights, "attend", (g) => {
      const { heads, norm } = weights;
      const dim = norm.weight.length;
      const merged = input(g, "merged");
      const importance = g.input("importance", "float32", ["tokens"]);
      const q = gemm(g, layerNorm(g, merged, norm), scaled(weights.query, (dim / heads) ** -0.5));
      const tokens = layerNorm(g, input(g, "x"), norm);
      const { key, value } = halves(weights.keyValue, dim);
      const headed = (v: Value, perm: number[]) =>
        g.op("Transpose", [g.op("Reshape", [v, g.ints([0, heads, -1])])], { perm });
      const keys = headed(gemm(g, tokens, key), [1, 2, 0]); // [heads, D / heads, N]
      const values = headed(gemm(g, tokens, value), [1, 0, 2]); // [heads, N, D / heads]
      const logits = g.op("Add", [g.op("MatMul", [headed(q, [1, 0, 2]), keys]), importance]);
      const mixed = g.op("MatMul", [g.op("Softmax", [logits], { axis: -1 }), values]);
      const rows = g.op("Reshape", [
        g.op("Transpose", [mixed], { perm: [1, 0, 2] }),
        g.ints([0, -1]),
      ]);
      return g.op("Add", [merged, gemm(g, rows, weights.project)]);
    });
  }

  /** x [N, D] → softmax over the rows of MLP(x), [N, 1]. */
  weigh(mlp: Mlp): Promise<Product> {
    return this.#of(mlp, "weigh", (g) => {
      const hidden = g.op("Relu", [gemm(g, input(g, "x"), mlp.hidden)]);
      return g.op("Softmax", [gemm(g, hidden, mlp.output)], { axis: 0 });
    });
  }

  /**
   * x [C·M, D], text [D, W] → the maxima of a = x·text, seen as `shape` [C, M, W]: that of each word
   * over each clip's tokens, [C, W], and that of each token over the words, [C·M, 1].
   *
   * @param half Whether x is float16.
   */
  bestSimilarities(half: boolean): Promise<Product> {
    return this.#plain(`best similarities ${half}`, (g) => {
      const x = g.input("x", half ? "float16" : "float32", ["rows", "dim"]);
      const text = g.input("text", "float32", ["dim", "words"]);
      const a = g.op("MatMul", [half ? g.op("Cast", [x], { to: FLOAT32 }) : x, text]);
      const clips = g.op("Reshape", [a, g.input("shape", "int64", [3])]);
      return [
        g.op("ReduceMax", [clips, g.ints([1])], { keepdims: 0 }),
        g.op("ReduceMax", [a, g.ints([1])]),
      ];
    });
  }

  /** x [N, D] float16 → float32. */
  widen(): Promise<Product> {
    return this.#plain("widen", (g) => {
      return g.op("Cast", [g.input("x", "float16", ["rows", "dim"])], { to: FLOAT32 });
    });
  }

  #of(weights: object, name: string, build: (g: Graph) => Built): Promise<Product> {
    let product = this.#byWeights.get(weights);
    if (!product) {
      product = Product.open(name, this.#threads, build);
      this.#byWeights.set(weights, product);
    }
    return product;
  }

  #plain(name: string, build: (g: Graph) => Built): Promise<Product> {
    let product = this.#weightless.get(name);
    if (!product) {
      product = Product.open(name, this.#threads, build);
      this.#weightless.set(name, product);
    }
    return product;
  }
}

function input(g: Graph, name: string): Value {
  return g.input(name, "float32", [`${name} rows`, `${name} columns`]);
}

function gemm(g: Graph, x: Value, { weight, bias }: Linear): Value {
  const outputs = bias.length;
  const w = g.floats(weight, [outputs, weight.length / outputs]);
  return g.op("Gemm", [x, w, g.floats(bias, [outputs])], { transB: 1 });
}

function layerNorm(g: Graph, x: Value, { weight, bias }: Norm): Value {
  const dims = [weight.length];
  return g.op("LayerNormalization", [x, g.floats(weight, dims), g.floats(bias, dims)], {
    axis: -1,
    epsilon: EPSILON,
  });
}

/** The first `dim` outputs and the others. */
function halves({ weight, bias }: Linear, dim: number): { key: Linear; value: Linear } {
  const cut = dim * dim;
  return {
    key: { weight: weight.subarray(0, cut), bias: bias.subarray(0, dim) },
    value: { weight: weight.subarray(cut), bias: bias.subarray(dim) },
  };
}

function scaled({ weight, bias }: Linear, by: number): Linear {
  return { weight: weight.map((v) => v * by), bias: bias.map((v) => v * by) };
}

/** [output, input, tap] → [tap·input, output], with the residual as ones in the middle tap. */
function windowWeights(convolution: Float32Array, dim: number): (g: Graph) => Value {
  const taps = new Float32Array(3 * dim * dim);
  for (let o = 0; o < dim; o++) {
    for (let i = 0; i < dim; i++) {
      for (let t = 0; t < 3; t++) {
        taps[(t * dim + i) * dim + o] = convolution[(o * dim + i) * 3 + t];
      }
    }
  }
  for (let i = 0; i < dim; i++) taps[(dim + i) * dim + i] += 1;
  return (g) => g.floats(taps, [3 * dim, dim]);
}
