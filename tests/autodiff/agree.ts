/**
 * Runs a function in jax-js and, translated, in ONNX Runtime.
 *
 * @module
 */
import { defaultDevice, numpy as np } from "@jax-js/jax";
import assert from "node:assert/strict";
import * as ort from "onnxruntime-node";
import { type ArraySpec, toOnnx } from "../../autodiff/to_onnx.ts";
import { openSession } from "../../onnx/session.ts";

// Evaluated in TypeScript: the arrays here are small, and compiling for them would take longer.
defaultDevice("cpu");

/** A function of named arrays. */
export type Arrays = Record<string, np.Array>;
/** Elements with their shape. */
export interface Given {
  readonly shape: readonly number[];
  readonly data: Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer>;
}
/** What a function gave. */
export type Results = Record<string, { shape: readonly number[]; data: number[] }>;

/** The type of an array. */
export function specOf({ shape, data }: Given): ArraySpec {
  return { shape, type: data instanceof Float32Array ? "float32" : "int32" };
}

/** What the function's translation gives. */
export async function translated(
  given: Record<string, Given>,
  fn: (arrays: Arrays) => Arrays,
  threads = 1,
): Promise<Results> {
  const specs = Object.entries(given).map(([name, array]) => [name, specOf(array)] as const);
  const session = await openSession(toOnnx("test", Object.fromEntries(specs), fn), { threads });
  const feeds = Object.entries(given).map(([name, array]) => [
    name,
    new ort.Tensor(specOf(array).type, array.data, array.shape),
  ]);
  const outputs = await session.run(Object.fromEntries(feeds));
  await session.release();
  return Object.fromEntries(
    Object.entries(outputs).map(([name, { dims, data }]) => [
      name,
      { shape: dims, data: Array.from(data as Float32Array) },
    ]),
  );
}

/** What jax-js gives itself. */
export function evaluated(given: Record<string, Given>, fn: (arrays: Arrays) => Arrays): Results {
  const arrays = Object.entries(given).map(([name, { shape, data }]) => [
    name,
    np.array(data).reshape([...shape]),
  ]);
  const results = fn(Object.fromEntries(arrays));
  return Object.fromEntries(
    Object.entries(results).map(([name, result]) => {
      const shape = result.shape;
      return [name, { shape, data: Array.from(result.dataSync()) }];
    }),
  );
}

/**
 * Asserts that both give the same.
 *
 * @param tolerance Of the largest finite value of the array, or of 1 if that is more.
 */
export async function agree(
  given: Record<string, Given>,
  fn: (arrays: Arrays) => Arrays,
  tolerance = 1e-5,
): Promise<Results> {
  const actual = await translated(given, fn);
  const expected = evaluated(given, fn);
  close(actual, expected, tolerance);
  return actual;
}

/** Asserts that results are equal but for rounding. */
export function close(actual: Results, expected: Results, tolerance = 1e-5): void {
  assert.deepEqual(Object.keys(actual), Object.keys(expected));
  for (const [name, { shape, data }] of Object.entries(expected)) {
    assert.deepEqual(actual[name].shape, shape, name);
    const scale = Math.max(1, ...data.map(Math.abs).filter(Number.isFinite));
    for (const [i, value] of data.entries()) {
      const got = actual[name].data[i];
      const near = Math.abs(got - value) <= tolerance * scale;
      assert(near || Object.is(got, value), `${name}[${i}] is ${got}, not ${value}`);
    }
  }
}

/** Numbers that are the same in every run, in [0, 1). */
export function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = Math.imul(state ^ state >>> 16, 0x21f0aaad);
    mixed = Math.imul(mixed ^ mixed >>> 15, 0x735a2d97);
    return ((mixed ^ mixed >>> 15) >>> 0) / 2 ** 32;
  };
}

/** Floats between −1 and 1, or between other bounds. */
export function floats(shape: readonly number[], seed = 1, [low, high] = [-1, 1]): Given {
  const random = numbers(seed);
  const size = shape.reduce((a, b) => a * b, 1);
  return { shape, data: Float32Array.from({ length: size }, () => low + (high - low) * random()) };
}

/** Integers from `low` to before `high`. */
export function ints(shape: readonly number[], seed = 1, [low, high] = [0, 5]): Given {
  const { data } = floats(shape, seed, [low, high]);
  return { shape, data: Int32Array.from(data, Math.floor) };
}
