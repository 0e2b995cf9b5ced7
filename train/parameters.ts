/**
 * What is learned: named tensors in float32, on the disk in the layout that inference reads.
 *
 * @module
 */
import type { numpy as np } from "@jax-js/jax";

/** The shape of a tensor, and how it begins. */
export interface ParameterSpec {
  readonly shape: readonly number[];
  /** The standard deviation of a normal distribution, one value for all, or a square identity. */
  readonly init:
    | { readonly normal: number }
    | { readonly constant: number }
    | { readonly identity: true };
  /** Whether weight decay pulls it towards zero: matrices, but neither biases nor norms. */
  readonly decay: boolean;
  /** What no value rises above: each is clamped after its update. */
  readonly most?: number;
}

/** Specs by the tensor's name. */
export type ParameterSpecs = Readonly<Record<string, ParameterSpec>>;

/** Values by the tensor's name. */
export type ParameterValues = Record<string, Float32Array>;

/** Traced tensors by name. */
export type Arrays = Record<string, np.Array>;

/** The number of values in a tensor of this shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, dim) => size * dim, 1);
}

/**
 * Draws the first values of every parameter.
 *
 * @param random Numbers in [0, 1).
 */
export function initialValues(specs: ParameterSpecs, random: () => number): ParameterValues {
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Object.fromEntries(
    Object.entries(specs).map(([name, { shape, init }]) => {
      const length = sizeOf(shape);
      if ("constant" in init) return [name, new Float32Array(length).fill(init.constant)];
      if ("normal" in init) {
        return [
          name,
          Float32Array.from({ length }, () => init.normal * normal()),
        ];
      }
      const [rows] = shape;
      return [name, Float32Array.from({ length }, (_, i) => i % (rows + 1) === 0 ? 1 : 0)];
    }),
  );
}
