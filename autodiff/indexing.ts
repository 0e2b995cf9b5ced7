/**
 * Reading and adding at positions that are computed.
 *
 * @module
 */
import { TensorProto_DataType } from "onnx-buf";
import { add, multiply } from "./arithmetic.ts";
import { permute, product, shapeOf } from "./layout.ts";
import {
  arrayOf,
  bare,
  constant,
  contiguous,
  isStored,
  type LazyArray,
  regrouped,
  reshaped,
} from "./lazy_array.ts";
import { DATA_TYPE, type Tensor, type Tensors } from "./tensors.ts";

/** Which dimensions of an array are indexed, and where the dimensions of the indices stand. */
export interface Indexing {
  readonly axis: readonly number[];
  /** The first of them in the result. */
  readonly outDim: number;
  /** What the indices, one array for each dimension of `axis`, broadcast to. */
  readonly positions: readonly number[];
}

/**
 * The elements at positions.
 *
 * @param indices int32. One that is outside of the array makes the model fail when it runs.
 */
export function gather(
  tensors: Tensors,
  array: LazyArray,
  indices: readonly LazyArray[],
  indexing: Indexing,
): LazyArray {
  const shape = shapeOf(array.layout);
  const { rows, kept, front, order } = asTable(shape, indexing);
  const found = [...indexing.positions, ...kept];
  if (!isStored(array) || found.includes(0)) {
    const value = isStored(array) ? 0 : array.source as number;
    return constant(value, array.type, order.map((d) => found[d]));
  }
  const first = { ...bare(array), layout: permute(array.layout, front) };
  const table = contiguous(tensors, regrouped(tensors, first, [rows, ...kept]));
  const at = rowNumbers(tensors, indices, shape, indexing);
  const source = tensors.op("Gather", [table.source, at], found, { axis: 0 });
  const { layout } = arrayOf(source, array.type);
  return { type: array.type, source, scale: array.scale, layout: permute(layout, order) };
}

/** Up to so many rows a product with a one-hot matrix is faster than adding one by one. */
const ONE_HOT_ROWS = 512;

/**
 * Zeros of a shape, with the updates added at positions: the transpose of {@linkcode gather}.
 *
 * @param updates In the shape that gathering from the result at these positions has.
 * @param unique Whether no position comes twice.
 */
export function scatter(
  tensors: Tensors,
  updates: LazyArray,
  indices: readonly LazyArray[],
  shape: readonly number[],
  indexing: Indexing,
  unique: boolean,
): LazyArray {
  if (updates.source === 0) return constant(0, updates.type, shape);
  const { rows, kept, front, order } = asTable(shape, indexing);
  const first = { ...bare(updates), layout: permute(updates.layout, inverse(order)) };
  const [count, width] = [product(indexing.positions), product(kept)];
  const added = contiguous(tensors, regrouped(tensors, first, [count, width])).source;
  const zeros = contiguous(tensors, constant(0, updates.type, [rows, width])).source;
  const at = rowNumbers(tensors, indices, shape, indexing);
  const column = reshaped(tensors, at, [count, 1]);
  let source: Tensor;
  if (unique) {
    const wide = tensors.op("Cast", [column], column.shape, { to: TensorProto_DataType.INT64 });
    source = tensors.op("ScatterND", [zeros, wide, added], zeros.shape);
  } else if (rows <= ONE_HOT_ROWS && updates.type === "float32") {
    const numbers = tensors.constant("int32", Array.from({ length: rows }, (_, i) => i), [1, rows]);
    const member = tensors.op("Equal", [column, numbers], [count, rows]);
    const oneHot = tensors.op("Cast", [member], member.shape, { to: DATA_TYPE.float32 });
    source = tensors.op("FusedMatMul", [oneHot, added], zeros.shape, { transA: 1, transB: 0 });
  } else {
    // Slow but on one thread: ScatterND adds from several, and loses what falls on the same row.
    const each = tensors.op("Expand", [column, tensors.ints(added.shape)], added.shape);
    source = tensors.op("ScatterElements", [zeros, each, added], zeros.shape, {
      axis: 0,
      reduction: "add",
    });
  }
  const table = { ...arrayOf(source, updates.type), scale: updates.scale };
  const split = regrouped(tensors, table, front.map((d) => shape[d]));
  return { ...split, layout: permute(split.layout, inverse(front)) };
}

/** The array as a table whose rows are indexed. */
function asTable(shape: readonly number[], { axis, outDim, positions }: Indexing) {
  const rest = [...shape.keys()].filter((d) => !axis.includes(d));
  // Dimensions of the result: those of the positions, which come first in a table, stand at outDim.
  const places = [...positions.keys()];
  const others = rest.map((_, i) => positions.length + i);
  return {
    rows: product(axis.map((d) => shape[d])),
    kept: rest.map((d) => shape[d]),
    front: [...axis, ...rest],
    order: others.toSpliced(outDim, 0, ...places),
  };
}

/** The row of the table that each position is, in the shape of the positions. */
function rowNumbers(
  tensors: Tensors,
  indices: readonly LazyArray[],
  shape: readonly number[],
  { axis, positions }: Indexing,
): Tensor {
  let rows = constant(0, "int32", positions);
  for (const [i, index] of indices.entries()) {
    const size = constant(shape[axis[i]], "int32", []);
    rows = add(tensors, multiply(tensors, rows, size, positions), index, positions);
  }
  return contiguous(tensors, rows).source;
}

function inverse(order: readonly number[]): number[] {
  return [...order.keys()].map((d) => order.indexOf(d));
}
