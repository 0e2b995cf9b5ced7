/**
 * Sums, products, minima and maxima over dimensions.
 *
 * @module
 */
import { merge, product, shapeOf, storedAxes, storing } from "./layout.ts";
import { arranged, constant, converted, isStored, type LazyArray, unscaled } from "./lazy_array.ts";
import { multiply } from "./arithmetic.ts";
import type { Tensor, Tensors } from "./tensors.ts";

/** How elements are put together; for booleans `Add` and `Max` are or, `Mul` and `Min` and. */
export type Reduction = "Add" | "Mul" | "Min" | "Max";

const OPERATOR = { Add: "ReduceSum", Mul: "ReduceProd", Min: "ReduceMin", Max: "ReduceMax" };

const OF_NONE = { Add: 0, Mul: 1, Min: Infinity, Max: -Infinity };

/** Reduces the array over its dimensions `axes`, which go. */
export function reduce(
  tensors: Tensors,
  array: LazyArray,
  reduction: Reduction,
  axes: readonly number[],
): LazyArray {
  const kept = [...array.layout.keys()].filter((d) => !axes.includes(d));
  if (array.type === "bool") {
    const asInt = converted(tensors, array, "int32");
    const least = reduction === "Mul" || reduction === "Min";
    return converted(tensors, reduce(tensors, asInt, least ? "Min" : "Max", axes), "bool");
  }
  const gone = axes.flatMap((d) => array.layout[d]);
  const times = product(gone.filter(({ stride }) => stride === 0).map(({ size }) => size));
  if (times === 0) {
    return constant(OF_NONE[reduction], array.type, shapeOf(kept.map((d) => array.layout[d])));
  }
  if (times > 1) {
    // Repeated elements are counted rather than read.
    const once = array.layout.map((dim, d) =>
      axes.includes(d) ? dim.filter(({ stride }) => stride > 0) : dim
    );
    const rest = reduce(tensors, { ...array, layout: once }, reduction, axes);
    return repeatedly(tensors, rest, reduction, times);
  }
  if (!isStored(array)) return { ...array, layout: kept.map((d) => array.layout[d]) };

  const { source, scale, layout } = reduction === "Mul" ? unscaled(tensors, array) : array;
  const result = { type: array.type, scale, layout: kept.map((d) => layout[d]) };
  if (gone.length === 0) return { ...result, source };
  const falls = scale < 0;
  const op = falls && reduction === "Max"
    ? OPERATOR.Min
    : falls && reduction === "Min"
    ? OPERATOR.Max
    : OPERATOR[reduction];
  // A sum of squares reads what is squared, unless it is of columns.
  const squares = op === "ReduceSum" && source.op === "Mul" &&
    source.inputs[0] === source.inputs[1];
  const order = storedAxes(layout);
  const goes = order.map((axis) => gone.includes(axis));
  // Neighbours that go or stay together are one dimension.
  const blocks: { size: number; goes: boolean }[] = [];
  for (const [i, { size }] of order.entries()) {
    if (i > 0 && goes[i] === goes[i - 1]) blocks[blocks.length - 1].size *= size;
    else blocks.push({ size, goes: goes[i] });
  }
  const sizes = blocks.map(({ size }) => size);
  const overRows = op === "ReduceSum" && array.type === "float32" && sizes.length === 2 &&
    blocks[0].goes;
  const tensor = overRows
    ? columnSums(tensors, arranged(tensors, { ...array, source }, order, sizes))
    : tensors.op(
      squares ? "ReduceSumSquare" : op,
      [
        arranged(tensors, { ...array, source: squares ? source.inputs[0] : source }, order, sizes),
        tensors.ints([...blocks.keys()].filter((b) => blocks[b].goes)),
      ],
      blocks.filter(({ goes }) => !goes).map(({ size }) => size),
      { keepdims: 0 },
    );
  const flat = result.layout.flat();
  const stays = order.filter((axis) => !gone.includes(axis));
  return {
    ...result,
    source: tensor,
    layout: merge(storing(result.layout, stays.map((axis) => flat.indexOf(axis)))),
  };
}

/**
 * The sums of a matrix's columns, as a product with ones: ONNX Runtime reads it by rows in that.
 */
function columnSums(tensors: Tensors, matrix: Tensor): Tensor {
  const [rows, columns] = matrix.shape;
  const ones = tensors.op("Expand", [tensors.scalar("float32", 1), tensors.ints([rows])], [rows]);
  return tensors.op("MatMul", [ones, matrix], [columns]);
}

/** What the reduction gives if every element comes so many times. */
function repeatedly(
  tensors: Tensors,
  array: LazyArray,
  reduction: Reduction,
  times: number,
): LazyArray {
  if (reduction === "Min" || reduction === "Max") return array;
  const shape = shapeOf(array.layout);
  if (reduction === "Add") return multiply(tensors, array, constant(times, array.type, []), shape);
  let power = array;
  for (let i = 1; i < times; i++) power = multiply(tensors, power, array, shape);
  return power;
}
