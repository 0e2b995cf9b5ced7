/**
 * Arrays whose layout and scale are settled only when an operator needs them.
 *
 * @module
 */
import {
  align,
  type Axis,
  broadcast,
  equal,
  type Layout,
  merge,
  regroup,
  repeated,
  rowMajor,
  shapeOf,
  storedAxes,
} from "./layout.ts";
import { rescaled } from "./rewriting.ts";
import { DATA_TYPE, type ElementType, type Tensor, type Tensors } from "./tensors.ts";

/** An array: `scale` times a tensor, or a constant, seen through a layout. */
export interface LazyArray {
  readonly type: ElementType;
  /** A number is the value of every element; all axes repeat it. Booleans are 0 and 1. */
  readonly source: Tensor | number;
  /** Always 1 for constants and for what is not float32. */
  readonly scale: number;
  readonly layout: Layout;
}

/** An array over a tensor rather than a constant. */
export interface StoredArray extends LazyArray {
  readonly source: Tensor;
}

/** Whether an array is one over a tensor. */
export function isStored(array: LazyArray): array is StoredArray {
  return typeof array.source !== "number";
}

/** The array that a tensor is, as it lies. */
export function arrayOf(source: Tensor, type: ElementType): StoredArray {
  return { type, source, scale: 1, layout: rowMajor(source.shape) };
}

/** An array of one value. Rounded or cut to its type. */
export function constant(value: number, type: ElementType, shape: readonly number[]): LazyArray {
  return { type, source: ROUND[type](value), scale: 1, layout: repeated(shape) };
}

const ROUND: Record<ElementType, (value: number) => number> = {
  float32: Math.fround,
  int32: (value) => Math.trunc(Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, value))) || 0,
  bool: (value) => value === 0 ? 0 : 1,
};

/** The tensor with another shape. */
export function reshaped(tensors: Tensors, tensor: Tensor, shape: readonly number[]): Tensor {
  if (equal(tensor.shape, shape)) return tensor;
  const from = tensor.op === "Reshape" ? tensor.inputs[0] : tensor;
  if (equal(from.shape, shape)) return from;
  return tensors.op("Reshape", [from, tensors.ints(shape)], shape);
}

/** The array without its scale. */
export function bare<A extends LazyArray>(array: A): A {
  return { ...array, scale: 1 };
}

/** The array with its scale multiplied into a tensor. */
export function unscaled<A extends LazyArray>(tensors: Tensors, array: A): A {
  const { source, scale } = array;
  if (typeof source === "number" || scale === 1) return array;
  return { ...array, source: rescaled(tensors, source, scale), scale: 1 };
}

/** The array as another type, as C converts. */
export function converted(tensors: Tensors, array: LazyArray, type: ElementType): LazyArray {
  if (array.type === type) return array;
  if (!isStored(array)) {
    return constant(array.source as number, type, shapeOf(array.layout));
  }
  const { source, layout } = unscaled(tensors, array);
  const cast = tensors.op("Cast", [source], source.shape, { to: DATA_TYPE[type] });
  return { type, source: cast, scale: 1, layout };
}

/**
 * The array's tensor with its stored axes in another order.
 *
 * @param order The stored axes of the array's layout, or of a finer cut of it.
 * @param shape The shape to give it.
 */
export function arranged(
  tensors: Tensors,
  { source }: StoredArray,
  order: readonly Axis[],
  shape: readonly number[],
): Tensor {
  // Axes that stay neighbours move as one.
  const [blocks] = merge([order]);
  const stored = storedAxes([blocks]);
  if (equal(blocks, stored)) return reshaped(tensors, source, shape);
  const perm = blocks.map((axis) => stored.indexOf(axis));
  const from = reshaped(tensors, source, stored.map(({ size }) => size));
  const transposed = tensors.op("Transpose", [from], blocks.map(({ size }) => size), { perm });
  return reshaped(tensors, transposed, shape);
}

/** The array as a row-major tensor of its own shape. */
export function contiguous(tensors: Tensors, array: LazyArray): StoredArray {
  const shape = shapeOf(array.layout);
  if (!isStored(array)) {
    const value = tensors.scalar(array.type, array.source as number);
    return arrayOf(expanded(tensors, value, shape), array.type);
  }
  const axes = merge(array.layout).flat();
  const stored = axes.filter(({ stride }) => stride > 0);
  const once = axes.map(({ size, stride }) => stride > 0 ? size : 1);
  const dense = arranged(tensors, unscaled(tensors, array), stored, once);
  const full = expanded(tensors, dense, axes.map(({ size }) => size));
  return arrayOf(reshaped(tensors, full, shape), array.type);
}

function expanded(tensors: Tensors, tensor: Tensor, shape: readonly number[]): Tensor {
  if (equal(tensor.shape, shape)) return tensor;
  return tensors.op("Expand", [tensor, tensors.ints(shape)], shape);
}

/** The array with another shape of as many elements. */
export function regrouped(
  tensors: Tensors,
  array: LazyArray,
  shape: readonly number[],
): LazyArray {
  if (!isStored(array)) return { ...array, layout: repeated(shape) };
  const layout = regroup(array.layout, shape);
  if (layout) return { ...array, layout };
  const dense = contiguous(tensors, bare(array));
  return { ...arrayOf(reshaped(tensors, dense.source, shape), array.type), scale: array.scale };
}

/** Several arrays that broadcast to one shape, cut into the same axes. */
export function aligned(
  tensors: Tensors,
  arrays: readonly StoredArray[],
  shape: readonly number[],
): { arrays: StoredArray[]; axes: Axis[][] } {
  const whole = arrays.map((array) => ({ ...array, layout: broadcast(array.layout, shape) }));
  const layouts = align(whole.map(({ layout }) => layout));
  const cut = layouts
    ? whole.map((array, i) => ({ ...array, layout: layouts[i] }))
    : whole.map((array) => oneAxisEach(tensors, array));
  return { arrays: cut, axes: cut.map(({ layout }) => layout.flat()) };
}

/** The array with an axis for each dimension. */
function oneAxisEach(tensors: Tensors, array: StoredArray): StoredArray {
  const own = array.layout.map((axes) => axes.some(({ stride }) => stride > 0) ? axes : []);
  const dense = contiguous(tensors, { ...bare(array), layout: own });
  const layout = broadcast(dense.layout, shapeOf(array.layout));
  return { ...dense, scale: array.scale, layout };
}
