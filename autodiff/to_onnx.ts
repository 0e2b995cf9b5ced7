/**
 * Functions of jax-js arrays as ONNX models, so that ONNX Runtime executes what jax-js has
 * differentiated: a whole training step, forward, backward and update, is one model.
 *
 * @module
 */
import { type Jaxpr, makeJaxpr, numpy as np } from "@jax-js/jax";
import { Graph } from "../onnx/graph.ts";
import { equal, shapeOf } from "./layout.ts";
import { arrayOf, constant, contiguous, converted, type LazyArray } from "./lazy_array.ts";
import { type Aval, RULES, UNTRANSLATED } from "./primitives.ts";
import { type ElementType, Tensors } from "./tensors.ts";

/** An input of a traced function. */
export interface ArraySpec {
  readonly shape: readonly number[];
  readonly type: "float32" | "int32";
}

type Equation = Jaxpr["eqns"][number];
type Atom = Equation["inputs"][number];
type Var = Equation["outBinders"][number];
type Literal = Exclude<Atom, Var>;

/**
 * Traces a function of named arrays and writes it as one ONNX model with the same inputs and
 * outputs.
 *
 * Only shapes are traced, so the function must not look at elements. Values that jax-js keeps as
 * constants, such as `np.eye(n)`, become part of the model. What is the same is computed once, what
 * no output needs is left out, and 0·x and x − x are 0 for every x.
 *
 * Random numbers must be inputs. Positions, as in `np.take`, must lie in the array: others make the
 * model fail when it runs, where jax-js gives some element.
 *
 * @param name The graph's.
 * @param inputs What the function is called with.
 * @param fn Consumes its arguments, as everything in jax-js does, and returns arrays under other
 *   names than the inputs'. Booleans are returned as int32.
 * @returns The model, for {@linkcode openSession} or {@linkcode openStep}.
 * @throws {Error} If the function uses a primitive or a type that cannot be translated.
 *
 * @example The gradient of Σ x²
 * ```ts
 * import { grad, numpy as np } from "@jax-js/jax";
 * import assert from "node:assert/strict";
 * import * as ort from "onnxruntime-node";
 * import { openSession } from "../onnx/session.ts";
 * import { toOnnx } from "./to_onnx.ts";
 *
 * const gradient = grad((x: np.Array) => np.square(x).sum());
 * const model = toOnnx("squares", { x: { shape: [3], type: "float32" } }, ({ x }) => ({
 *   dx: gradient(x),
 * }));
 * const session = await openSession(model, { threads: 1 });
 * const { dx } = await session.run({ x: new ort.Tensor("float32", [1, 2, 3], [3]) });
 * assert.deepEqual([...dx.data], [2, 4, 6]);
 * await session.release();
 * ```
 */
export function toOnnx(
  name: string,
  inputs: Readonly<Record<string, ArraySpec>>,
  fn: (arrays: Record<string, np.Array>) => Record<string, np.Array>,
): Uint8Array {
  const names = Object.keys(inputs);
  let outputs: string[] = [];
  const positional = (...arrays: np.Array[]): np.Array[] => {
    const results = fn(Object.fromEntries(names.map((name, i) => [name, arrays[i]])));
    outputs = Object.keys(results);
    return Object.values(results);
  };
  const examples = names.map((name) => {
    const { shape, type } = inputs[name];
    return np.zeros([...shape], { dtype: np[type] });
  });
  const { jaxpr: { jaxpr, consts } } = makeJaxpr(positional)(...examples);
  for (const example of examples) example.dispose();
  const clash = outputs.find((output) => output in inputs);
  if (clash !== undefined) {
    throw new Error(`Cannot name an output "${clash}": an input is called so`);
  }

  const tensors = new Tensors();
  const constants = consts.map((array) => constantArray(tensors, array as np.Array));
  const given = names.map((name) => {
    const { shape, type } = inputs[name];
    return arrayOf(tensors.input(name, type, shape), type);
  });
  const results = evaluate(tensors, jaxpr, [...constants, ...given]).map((result) =>
    contiguous(tensors, result.type === "bool" ? converted(tensors, result, "int32") : result)
  );

  const graph = new Graph(name);
  const values = tensors.write(graph, results.map(({ source }) => source));
  for (const [i, { source, type }] of results.entries()) {
    graph.output(outputs[i], values[i], type as ArraySpec["type"], source.shape);
  }
  return graph.toModel();
}

/** An array that jax-js made while tracing. Consumes it. */
function constantArray(tensors: Tensors, array: np.Array): LazyArray {
  const { shape } = array;
  const type = elementType(array.dtype, "constant");
  const data = array.dataSync();
  if (shape.includes(0)) return constant(0, type, shape);
  return isUniform(data)
    ? constant(data[0], type, shape)
    : arrayOf(tensors.constant(type, data, shape), type);
}

/** Whether all elements are the same bits. */
function isUniform({ buffer, byteOffset, length }: ReturnType<np.Array["dataSync"]>): boolean {
  const bits = new Int32Array(buffer, byteOffset, length);
  // A loop, since there are millions in a large step.
  for (let i = 1; i < length; i++) if (bits[i] !== bits[0]) return false;
  return true;
}

/** Applies the equations of a jaxpr, and of those in it, one after the other. */
function evaluate(tensors: Tensors, jaxpr: Jaxpr, args: readonly LazyArray[]): LazyArray[] {
  const known = new Map<Atom, LazyArray>(jaxpr.inBinders.map((binder, i) => [binder, args[i]]));
  const read = (atom: Atom) =>
    known.get(atom) ??
      constant((atom as Literal).value, elementType(atom.aval.dtype, "literal"), []);
  for (const { primitive, inputs, params, outBinders } of jaxpr.eqns) {
    const results = apply(tensors, String(primitive), inputs, inputs.map(read), params, outBinders);
    for (const [i, binder] of outBinders.entries()) known.set(binder, results[i]);
  }
  return jaxpr.outs.map(read);
}

function apply(
  tensors: Tensors,
  primitive: string,
  atoms: readonly Atom[],
  inputs: readonly LazyArray[],
  params: Equation["params"],
  binders: readonly Var[],
): LazyArray[] {
  if (primitive === "jit") return evaluate(tensors, params.jaxpr, inputs);
  const rule = RULES[primitive];
  if (!rule) {
    const why = UNTRANSLATED[primitive] ?? "it is none of jax-js 0.1.25";
    throw new Error(`Cannot translate the primitive ${primitive}: ${why}`);
  }
  const [avals, outputs] = [atoms, binders].map((of) =>
    of.map(({ aval }) => known(aval, primitive))
  );
  if (outputs.every(({ shape }) => shape.includes(0))) {
    return outputs.map(({ type, shape }) => constant(0, type, shape));
  }
  const results = rule(tensors, { inputs, avals, outputs, params });
  return results.map((result, i) => {
    const [shape, expected] = [shapeOf(result.layout), outputs[i].shape];
    if (equal(shape, expected)) return converted(tensors, result, outputs[i].type);
    throw new Error(
      `Cannot translate the primitive ${primitive}: it gives [${expected}], not [${shape}]`,
    );
  });
}

function known({ shape, dtype, weakType }: Atom["aval"], primitive: string): Aval {
  return { shape, type: elementType(dtype, primitive), weak: weakType };
}

function elementType(dtype: string, where: string): ElementType {
  if (dtype === "float32" || dtype === "int32" || dtype === "bool") return dtype;
  throw new Error(
    `Cannot translate the primitive ${where}: it is of ${dtype}; cast to float32 or int32 before`,
  );
}
