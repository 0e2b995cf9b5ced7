/**
 * Sums and products. Constant factors and signs are kept beside the tensors for as long as they can
 * be, so that no pass over a tensor is spent on them.
 *
 * @module
 */
import { elementwise } from "./elementwise.ts";
import { broadcast, type Layout, shapeOf, storedSize } from "./layout.ts";
import {
  bare,
  constant,
  isStored,
  type LazyArray,
  type StoredArray,
  unscaled,
} from "./lazy_array.ts";
import { reciprocal as reciprocalTensor, sum, timesSlope } from "./rewriting.ts";
import type { Tensor, Tensors } from "./tensors.ts";

// Scales outside of 1/LARGEST to LARGEST are multiplied in at once, lest they overflow together.
const LARGEST = 2 ** 24;

/** −x */
export function negate(tensors: Tensors, x: LazyArray): LazyArray {
  return multiply(tensors, x, constant(-1, x.type, []), shapeOf(x.layout));
}

/** x·y for arrays of one type that broadcast to `shape`; for booleans, and. */
export function multiply(
  tensors: Tensors,
  x: LazyArray,
  y: LazyArray,
  shape: readonly number[],
): LazyArray {
  if (x.type === "bool") return elementwise(tensors, "And", [x, y], "bool", shape, (a, b) => a & b);
  if (!isStored(x) && isStored(y)) return multiply(tensors, y, x, shape);
  const whole = { ...x, layout: broadcast(x.layout, shape) };
  // As with the symbolic zeros of automatic differentiation, 0·x is 0 for every x.
  if (y.source === 0) return constant(0, x.type, shape);
  if (y.source === 1) return whole;
  if (x.type === "int32") {
    return elementwise(tensors, "Mul", [x, y], "int32", shape, Math.imul);
  }
  if (typeof y.source === "number" && Number.isFinite(y.source)) {
    return scaled(tensors, whole, y.source);
  }
  const operands = [bare(x), bare(y)];
  const product = elementwise(tensors, "Mul", operands, "float32", shape, (a, b) => a * b);
  return scaled(tensors, rewritten(tensors, product, timesSlope), x.scale * y.scale);
}

/** x + y for arrays of one type that broadcast to `shape`; for booleans, or. */
export function add(
  tensors: Tensors,
  x: LazyArray,
  y: LazyArray,
  shape: readonly number[],
): LazyArray {
  if (x.type === "bool") return elementwise(tensors, "Or", [x, y], "bool", shape, (a, b) => a | b);
  if (!isStored(x) && isStored(y)) return add(tensors, y, x, shape);
  if (y.source === 0) return { ...x, layout: broadcast(x.layout, shape) };
  if (x.type === "int32") {
    return elementwise(tensors, "Add", [x, y], "int32", shape, (a, b) => (a + b) | 0);
  }
  if (isStored(x) && isStored(y)) return addStored(tensors, x, y, shape);
  if (typeof y.source === "number" && isPowerOfTwo(x.scale)) {
    const shifted = constant(y.source / x.scale, "float32", []);
    const sum = elementwise(tensors, "Add", [bare(x), shifted], "float32", shape, plus);
    return scaled(tensors, sum, x.scale);
  }
  return elementwise(tensors, "Add", [x, y], "float32", shape, plus);
}

/** 1/x */
export function reciprocal(tensors: Tensors, x: LazyArray): LazyArray {
  if (!isStored(x)) return constant(1 / (x.source as number), "float32", shapeOf(x.layout));
  return scaled(tensors, rewritten(tensors, bare(x), reciprocalTensor), 1 / x.scale);
}

function addStored(
  tensors: Tensors,
  x: StoredArray,
  y: StoredArray,
  shape: readonly number[],
): LazyArray {
  if (x.source === y.source && sameLayout(x.layout, y.layout)) {
    // x − x is 0 for every x, as 0·x is.
    const factor = (x.scale + y.scale) / x.scale;
    const whole = { ...x, layout: broadcast(x.layout, shape) };
    return factor === 0 ? constant(0, "float32", shape) : scaled(tensors, whole, factor);
  }
  if (x.scale === -y.scale) {
    const [from, what] = x.scale > 0 ? [x, y] : [y, x];
    const operands = [bare(from), bare(what)];
    const difference = elementwise(tensors, "Sub", operands, "float32", shape, (a, b) => a - b);
    return scaled(tensors, difference, from.scale);
  }
  if (storedSize(y.layout) > storedSize(x.layout)) return addStored(tensors, y, x, shape);
  // The larger one's scale is taken out of the sum where that is exact.
  const ratio = y.scale / x.scale;
  const common = isPowerOfTwo(ratio) ? x.scale : 1;
  const operands = [{ ...x, scale: x.scale / common }, { ...y, scale: y.scale / common }];
  const total = elementwise(tensors, "Add", operands, "float32", shape, plus);
  return scaled(tensors, rewritten(tensors, total, sum), common);
}

/** The array over another tensor for its own. */
function rewritten(
  tensors: Tensors,
  array: LazyArray,
  rewrite: (tensors: Tensors, tensor: Tensor) => Tensor,
): LazyArray {
  return isStored(array) ? { ...array, source: rewrite(tensors, array.source) } : array;
}

function scaled(tensors: Tensors, x: LazyArray, factor: number): LazyArray {
  if (!isStored(x)) return constant((x.source as number) * factor, x.type, shapeOf(x.layout));
  const scale = x.scale * factor;
  const size = Math.abs(scale);
  if (size > 1 / LARGEST && size < LARGEST) return { ...x, scale };
  return unscaled(tensors, { ...unscaled(tensors, x), scale: factor });
}

const plus = (a: number, b: number) => a + b;

function isPowerOfTwo(value: number): boolean {
  return Number.isInteger(Math.log2(Math.abs(value)));
}

function sameLayout(a: Layout, b: Layout): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
