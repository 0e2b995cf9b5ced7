/**
 * Runs a step that was written by {@link ./to_onnx.ts}, over and over.
 *
 * @module
 */
import * as ort from "onnxruntime-node";
import { openSession, type SessionOptions } from "../onnx/session.ts";
import { product } from "./layout.ts";

/** The elements of an array. */
export type Elements = Float32Array | Int32Array;

/** An output of this name before an input's is that input's value in the next step. */
const NEXT = "next.";

/** A step with the state it has come to. */
export interface Step {
  /**
   * Takes a step.
   *
   * @param inputs What is not state, by name. Read before the promise resolves.
   * @returns The outputs that are not state, by name.
   */
  run(inputs: Readonly<Record<string, Elements>>): Promise<Record<string, Elements>>;
  /** A copy of a state array. */
  read(name: string): Elements;
  /** Frees the session. */
  close(): Promise<void>;
}

/**
 * Opens a step.
 *
 * Inputs `x` for which there is an output `next.x` are its state. It is kept in two sets of
 * buffers, of which each step reads one and writes the other, so nothing of it is copied.
 *
 * @param model As {@linkcode toOnnx} makes it.
 * @param state The first values of the state, by the input's name; copied.
 * @throws {Error} If ONNX Runtime refuses the model, or arrays are missing or of another size.
 *
 * @example Counting
 * ```ts
 * import assert from "node:assert/strict";
 * import { openStep } from "./step.ts";
 * import { toOnnx } from "./to_onnx.ts";
 *
 * const scalar = { shape: [], type: "float32" } as const;
 * const model = toOnnx("count", { count: scalar, by: scalar }, ({ count, by }) => {
 *   const next = count.add(by);
 *   return { "next.count": next.ref, square: next.ref.mul(next) };
 * });
 * const step = await openStep(model, { count: Float32Array.of(1) }, { threads: 1 });
 * await step.run({ by: Float32Array.of(2) });
 * assert.deepEqual(await step.run({ by: Float32Array.of(4) }), { square: Float32Array.of(49) });
 * assert.deepEqual(step.read("count"), Float32Array.of(7));
 * await step.close();
 * ```
 */
export async function openStep(
  model: Uint8Array,
  state: Readonly<Record<string, Elements>>,
  options: SessionOptions = {},
): Promise<Step> {
  const session = await openSession(model, options);
  const specs = new Map(session.inputMetadata.map((input) => [input.name, input]));
  const tensor = (name: string, elements: Elements | undefined): ort.Tensor => {
    const spec = specs.get(name);
    if (!spec?.isTensor || !elements) {
      throw new Error(`Cannot feed the step: "${name}" is ${elements ? "no input" : "missing"}`);
    }
    const shape = spec.shape as readonly number[];
    const type = elements instanceof Float32Array ? "float32" : "int32";
    if (type !== spec.type || elements.length !== product(shape)) {
      throw new Error(
        `Cannot feed the step: "${name}" is ${type} [${elements.length}], ` +
          `not ${spec.type} [${shape}]`,
      );
    }
    return new ort.Tensor(type, elements, shape);
  };

  const kept = session.inputNames.filter((name) => session.outputNames.includes(NEXT + name));
  const fed = session.inputNames.filter((name) => !kept.includes(name));
  const nexts = kept.map((name) => NEXT + name);
  const results = session.outputNames.filter((name) => !nexts.includes(name));
  let current: Record<string, ort.Tensor>;
  let spare: Record<string, ort.Tensor>;
  try {
    const copies = () =>
      Object.fromEntries(kept.map((name) => [name, tensor(name, state[name]?.slice())]));
    [current, spare] = [copies(), copies()];
  } catch (error) {
    await session.release();
    throw error;
  }

  return {
    async run(inputs) {
      const feeds = { ...current };
      for (const name of new Set([...fed, ...Object.keys(inputs)])) {
        if (name in current) throw new Error(`Cannot feed the step: "${name}" is state of its own`);
        feeds[name] = tensor(name, inputs[name]);
      }
      const fetches: Record<string, ort.Tensor | null> = {};
      for (const name of kept) fetches[NEXT + name] = spare[name];
      for (const name of results) fetches[name] = null;
      const outputs = await session.run(feeds, fetches);
      [current, spare] = [spare, current];
      return Object.fromEntries(results.map((name) => [name, outputs[name].data as Elements]));
    },
    read: (name) => {
      if (!(name in current)) throw new Error(`Cannot read "${name}": it is no state of the step`);
      return (current[name].data as Elements).slice();
    },
    close: () => session.release(),
  };
}
