/**
 * The primitives of jax-js 0.1.25, each with what computes it in ONNX.
 *
 * @module
 */
import { add, multiply, negate, reciprocal } from "./arithmetic.ts";
import { type Convolution, convolve, type Pooling, windows, windowSums } from "./convolution.ts";
import { dot } from "./dot.ts";
import { elementwise, unary } from "./elementwise.ts";
import { gather, scatter } from "./indexing.ts";
import { broadcast, permute } from "./layout.ts";
import { constant, converted, type LazyArray, regrouped } from "./lazy_array.ts";
import { concatenate, flip, pad, shrink } from "./movement.ts";
import { reduce, type Reduction } from "./reduce.ts";
import { compare, type Comparison, extreme, select } from "./selection.ts";
import { sorted } from "./sorting.ts";
import type { ElementType, Tensors } from "./tensors.ts";

/** What is known of an array when it is traced. */
export interface Aval {
  readonly shape: readonly number[];
  readonly type: ElementType;
  /** Whether it takes the type of what it is put together with. */
  readonly weak: boolean;
}

/** An application of a primitive to arrays. */
export interface Application {
  readonly inputs: readonly LazyArray[];
  readonly avals: readonly Aval[];
  readonly outputs: readonly Aval[];
  /** As jax-js has them, see {@linkcode Parameters}. */
  readonly params: unknown;
}

type Ranges = readonly (readonly [number, number])[];

/** The parameters of the primitives that have some. */
interface Parameters {
  cast: { dtype: ElementType };
  reduce: { op: Reduction; axis: number[] };
  conv: Convolution;
  pool: Pooling;
  pool_transpose: Pooling & { inShape: number[] };
  compare: { op: Comparison };
  bit_combine: { op: "and" | "or" | "xor" };
  concatenate: { axis: number };
  split: { axis: number; sizes: number[] };
  gather: { axis: number[]; outDim: number };
  scatter: { axis: number[]; outDim: number; op: "add" | "update"; uniqueIndices: boolean };
  transpose: { perm: number[] };
  broadcast: { shape: number[]; axis: number[] };
  flip: { axis: number[] };
  shrink: { slice: Ranges };
  pad: { width: Ranges };
}

type Rule = (tensors: Tensors, application: Application) => LazyArray[];

/** A primitive with one output, whose inputs have the types they come with. */
function rule<Name extends keyof Parameters>(
  apply: (
    tensors: Tensors,
    inputs: readonly LazyArray[],
    params: Parameters[Name],
    output: Aval,
  ) => LazyArray,
): Rule {
  return (tensors, { inputs, params, outputs: [output] }) => [
    apply(tensors, inputs, params as Parameters[Name], output),
  ];
}

/** A primitive of inputs that all get the output's type. */
function uniform(
  apply: (tensors: Tensors, inputs: LazyArray[], output: Aval) => LazyArray,
): Rule {
  return (tensors, { inputs, outputs: [output] }) => [
    apply(tensors, inputs.map((input) => converted(tensors, input, output.type)), output),
  ];
}

/** A function of float32; integers are left as they are, which is right for rounding alone. */
function float(op: string, fold?: (x: number) => number): Rule {
  return (tensors, { inputs: [x] }) => [
    x.type === "float32" ? unary(tensors, op, x, fold) : x,
  ];
}

const identity: Rule = (_, { inputs }) => [...inputs];

/** The rules by the primitive's name. */
export const RULES: Readonly<Record<string, Rule | undefined>> = {
  add: uniform((tensors, [x, y], { shape }) => add(tensors, x, y, shape)),
  mul: uniform((tensors, [x, y], { shape }) => multiply(tensors, x, y, shape)),
  idiv: uniform((tensors, [x, y], { type, shape }) => {
    const quotient = (a: number, b: number) => type === "int32" ? Math.trunc(a / b) : a / b;
    const exact = elementwise(tensors, "Div", [x, y], type, shape, quotient);
    return type === "int32" ? exact : truncated(tensors, exact, shape);
  }),
  mod: uniform((tensors, inputs, { type, shape }) =>
    elementwise(tensors, "Mod", inputs, type, shape, (a, b) => a % b, { fmod: 1 })
  ),
  min: uniform((tensors, [x, y], { shape }) => extreme(tensors, "Min", x, y, shape)),
  max: uniform((tensors, [x, y], { shape }) => extreme(tensors, "Max", x, y, shape)),
  bit_combine: (tensors, { inputs, params, outputs: [{ type, shape }] }) => {
    const { op } = params as Parameters["bit_combine"];
    const name = { and: "And", or: "Or", xor: "Xor" }[op];
    const fold = (a: number, b: number) => ({ and: a & b, or: a | b, xor: a ^ b })[op];
    const operands = inputs.map((input) => converted(tensors, input, type));
    const operator = type === "bool" ? name : `Bitwise${name}`;
    return [elementwise(tensors, operator, operands, type, shape, fold)];
  },

  neg: uniform((tensors, [x]) => negate(tensors, x)),
  reciprocal: uniform((tensors, [x]) => reciprocal(tensors, x)),
  floor: float("Floor", Math.floor),
  ceil: float("Ceil", Math.ceil),
  sin: float("Sin", Math.sin),
  cos: float("Cos", Math.cos),
  asin: float("Asin", Math.asin),
  atan: float("Atan", Math.atan),
  exp: float("Exp", Math.exp),
  log: float("Log", Math.log),
  sqrt: float("Sqrt", Math.sqrt),
  erf: float("Erf"),
  // To 1e-7 of 1 rather than of itself: 0 in the far tail.
  erfc: uniform((tensors, [x], { shape }) => {
    const one = constant(1, "float32", []);
    return add(tensors, one, negate(tensors, unary(tensors, "Erf", x)), shape);
  }),
  stop_gradient: identity,
  cast: rule<"cast">((tensors, [x], _, { type }) => converted(tensors, x, type)),

  reduce: rule<"reduce">((tensors, [x], { op, axis }) => reduce(tensors, x, op, axis)),
  dot: (tensors, { inputs, avals: [x, y], outputs: [{ type }] }) => {
    const [a, b] = inputs.map((input) => converted(tensors, input, type));
    return [dot(tensors, a, b, broadcastShape(x.shape, y.shape))];
  },
  conv: rule<"conv">((tensors, [x, kernel], params, { shape }) =>
    convolve(tensors, x, kernel, params, shape)
  ),
  pool: rule<"pool">((tensors, [x], params) => windows(tensors, x, params)),
  pool_transpose: rule<"pool_transpose">((tensors, [x], params) =>
    windowSums(tensors, x, params, params.inShape)
  ),

  compare: (tensors, { inputs, avals: [x, y], params, outputs: [{ shape }] }) => {
    const { op } = params as Parameters["compare"];
    const type = promoted(x, y);
    const [a, b] = inputs.map((input) => converted(tensors, input, type));
    return [compare(tensors, op, a, b, shape)];
  },
  where: (tensors, { inputs: [condition, ...branches], outputs: [{ type, shape }] }) => {
    const [x, y] = branches.map((branch) => converted(tensors, branch, type));
    return [select(tensors, condition, x, y, shape)];
  },

  gather: (tensors, { inputs: [x, ...indices], avals: [, ...at], params }) => {
    const { axis, outDim } = params as Parameters["gather"];
    const positions = at.map(({ shape }) => shape).reduce(broadcastShape);
    return [gather(tensors, x, indices, { axis, outDim, positions })];
  },
  scatter: (tensors, { inputs: [x, ...indices], avals: [, ...at], params, outputs }) => {
    const { axis, outDim, op, uniqueIndices } = params as Parameters["scatter"];
    const positions = at.map(({ shape }) => shape).reduce(broadcastShape);
    if (op !== "add" && !uniqueIndices) {
      throw new Error("Cannot translate the primitive scatter: which of several updates is last?");
    }
    const indexing = { axis, outDim, positions };
    return [scatter(tensors, x, indices, outputs[0].shape, indexing, uniqueIndices)];
  },
  sort: (tensors, { inputs: [x] }) => [sorted(tensors, x).values],
  argsort: (tensors, { inputs: [x] }) => {
    const { values, positions } = sorted(tensors, x);
    return [values, positions];
  },

  concatenate: (tensors, { inputs, params, outputs: [{ type, shape }] }) => {
    const { axis } = params as Parameters["concatenate"];
    const parts = inputs.map((input) => converted(tensors, input, type));
    return [concatenate(tensors, parts, axis, shape)];
  },
  split: (tensors, { inputs: [x], avals: [{ shape }], params }) => {
    const { axis, sizes } = params as Parameters["split"];
    let from = 0;
    return sizes.map((size) => {
      const ranges: [number, number][] = shape.map((size) => [0, size]);
      ranges[axis] = [from, from + size];
      const part = shrink(tensors, x, ranges);
      from += size;
      return part;
    });
  },
  transpose: rule<"transpose">((_, [x], { perm }) => ({ ...x, layout: permute(x.layout, perm) })),
  broadcast: rule<"broadcast">((_, [x], { shape, axis }) => ({
    ...x,
    layout: broadcast(x.layout, shape, axis),
  })),
  reshape: (tensors, { inputs: [x], outputs: [{ shape }] }) => [regrouped(tensors, x, shape)],
  flip: rule<"flip">((tensors, [x], { axis }) => flip(tensors, x, axis)),
  shrink: rule<"shrink">((tensors, [x], { slice }) => shrink(tensors, x, slice)),
  pad: rule<"pad">((tensors, [x], { width }) => pad(tensors, x, width)),
};

/** Why there is no rule for the others. */
export const UNTRANSLATED: Readonly<Record<string, string>> = {
  random_bits: "random numbers are to be inputs of the function",
  bitcast: "ONNX has no operator for it",
  bit_shift: "ONNX shifts unsigned integers only",
  bit_count: "ONNX has no operator for it",
  triangular_solve: "ONNX has no operator for it",
  cholesky: "ONNX has no operator for it",
  lu: "ONNX has no operator for it",
  jacobi_eigh: "ONNX has no operator for it",
  fft: "ONNX Runtime's transform has another layout",
};

/** Rounded towards 0. */
function truncated(tensors: Tensors, x: LazyArray, shape: readonly number[]): LazyArray {
  const whole = unary(tensors, "Floor", unary(tensors, "Abs", x, Math.abs), Math.floor);
  return multiply(tensors, whole, unary(tensors, "Sign", x, Math.sign), shape);
}

/** The shape of arrays put together, as in NumPy. */
function broadcastShape(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, d) => {
    const [p, q] = [a, b].map((shape) => shape[d - rank + shape.length] ?? 1);
    return p === 1 ? q : p;
  });
}

const RANK: Record<ElementType, number> = { bool: 0, int32: 1, float32: 2 };

/** The type in which two arrays are compared. */
function promoted(x: Aval, y: Aval): ElementType {
  if (x.weak === y.weak) return RANK[x.type] >= RANK[y.type] ? x.type : y.type;
  const { type } = x.weak ? y : x;
  return type === "bool" ? "int32" : type;
}
