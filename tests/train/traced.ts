import * as ort from "onnxruntime-node";
import type { numpy as np } from "@jax-js/jax";
import { type ArraySpec, toOnnx } from "../../autodiff/to_onnx.ts";
import { openSession } from "../../onnx/session.ts";

/** A shape with its values. */
export interface Tensor<Data = Float32Array> {
  readonly shape: readonly number[];
  readonly data: Data;
}

type Nested = number | readonly Nested[];

/** A nested list as a tensor. */
export function tensor(values: Nested): Tensor {
  const shape: number[] = [];
  for (let x = values; typeof x === "object"; x = x[0]) shape.push(x.length);
  return { shape, data: Float32Array.from([values].flat(9) as number[]) };
}

/** A function as training runs it: traced, then executed by ONNX Runtime. */
export async function openTraced(
  inputs: Readonly<Record<string, Tensor<Float32Array | Int32Array>>>,
  fn: (arrays: Record<string, np.Array>) => Record<string, np.Array>,
): Promise<
  (changed?: Readonly<Record<string, Float32Array>>) => Promise<Record<string, Float32Array>>
> {
  const specs = Object.fromEntries(
    Object.entries(inputs).map((
      [name, { shape, data }],
    ): [string, ArraySpec] => [name, { shape, type: typeOf(data) }]),
  );
  const session = await openSession(toOnnx("traced", specs, fn), { threads: 1 });
  return async (changed = {}) => {
    const feeds = Object.fromEntries(
      session.inputNames.map((name) => {
        const { shape, data } = inputs[name];
        return [name, new ort.Tensor(typeOf(data), changed[name] ?? data, shape)];
      }),
    );
    const outputs = await session.run(feeds);
    return Object.fromEntries(
      Object.entries(outputs).map(([name, { data }]) => [name, data as Float32Array]),
    );
  };
}

function typeOf(data: Float32Array | Int32Array): "float32" | "int32" {
  return data instanceof Int32Array ? "int32" : "float32";
}

/** Runs such a function once. */
export async function traced(
  inputs: Readonly<Record<string, Tensor>>,
  fn: (arrays: Record<string, np.Array>) => Record<string, np.Array>,
): Promise<Record<string, Float32Array>> {
  return await (await openTraced(inputs, fn))();
}

/** The contents of a file of vectors. */
export async function vectors<T>(name: string): Promise<T> {
  const url = new URL(`../vectors/${name}.json`, import.meta.url);
  return JSON.parse(await Deno.readTextFile(url));
}
