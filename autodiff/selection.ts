/**
 * Comparisons, and choices by them.
 *
 * @module
 */
import { elementwise } from "./elementwise.ts";
import { broadcast } from "./layout.ts";
import { bare, constant, converted, isStored, type LazyArray } from "./lazy_array.ts";
import type { Tensors } from "./tensors.ts";

/** How jax-js compares; greater is less the other way round. */
export type Comparison = "less" | "equal" | "not_equal" | "less_equal";

const COMPARE = {
  less: { op: "Less", fold: (a: number, b: number) => +(a < b) },
  less_equal: { op: "LessOrEqual", fold: (a: number, b: number) => +(a <= b) },
  equal: { op: "Equal", fold: (a: number, b: number) => +(a === b) },
};

/** Compares arrays of one type that broadcast to `shape`. */
export function compare(
  tensors: Tensors,
  comparison: Comparison,
  x: LazyArray,
  y: LazyArray,
  shape: readonly number[],
): LazyArray {
  if (comparison === "not_equal") {
    return not(tensors, compare(tensors, "equal", x, y, shape));
  }
  const { op, fold } = COMPARE[comparison];
  if (x.type === "bool" && comparison !== "equal") {
    const [a, b] = [x, y].map((array) => converted(tensors, array, "int32"));
    return elementwise(tensors, op, [a, b], "bool", shape, fold);
  }
  return elementwise(tensors, op, withoutScale(x, y), "bool", shape, fold);
}

/** The arrays without the scale they share, if that does not change which is the larger. */
function withoutScale(x: LazyArray, y: LazyArray): [LazyArray, LazyArray] {
  return x.scale === y.scale && x.scale > 0 ? [bare(x), bare(y)] : [x, y];
}

/** The opposite of booleans. */
export function not(tensors: Tensors, x: LazyArray): LazyArray {
  if (!isStored(x)) return { ...x, source: 1 - (x.source as number) };
  // Not of Not is what it was.
  const { op, inputs, shape } = x.source;
  return { ...x, source: op === "Not" ? inputs[0] : tensors.op("Not", [x.source], shape) };
}

/** The smaller, or the larger, of each two elements; for booleans, and and or. */
export function extreme(
  tensors: Tensors,
  which: "Min" | "Max",
  x: LazyArray,
  y: LazyArray,
  shape: readonly number[],
): LazyArray {
  if (x.type === "bool") {
    return which === "Min"
      ? elementwise(tensors, "And", [x, y], "bool", shape, (a, b) => a & b)
      : elementwise(tensors, "Or", [x, y], "bool", shape, (a, b) => a | b);
  }
  const operands = withoutScale(x, y);
  const fold = which === "Min" ? Math.min : Math.max;
  return {
    ...elementwise(tensors, which, operands, x.type, shape, fold),
    scale: x.scale / operands[0].scale,
  };
}

/** x where the condition holds, y elsewhere; x and y are of one type. */
export function select(
  tensors: Tensors,
  condition: LazyArray,
  x: LazyArray,
  y: LazyArray,
  shape: readonly number[],
): LazyArray {
  if (!isStored(condition)) {
    const chosen = condition.source === 1 ? x : y;
    return { ...chosen, layout: broadcast(chosen.layout, shape) };
  }
  const { op, inputs } = condition.source;
  if (op === "Not") return select(tensors, { ...condition, source: inputs[0] }, y, x, shape);
  if (!isStored(x) && !isStored(y) && x.source === y.source) {
    return constant(x.source as number, x.type, shape);
  }
  const whole = { ...condition, layout: broadcast(condition.layout, shape) };
  if (x.source === 1 && y.source === 0) return converted(tensors, whole, x.type);
  if (x.source === 0 && y.source === 1) return converted(tensors, not(tensors, whole), x.type);
  if (x.type === "bool") {
    const both = (a: LazyArray, b: LazyArray) =>
      elementwise(tensors, "And", [a, b], "bool", shape, (p, q) => p & q);
    return elementwise(
      tensors,
      "Or",
      [both(condition, x), both(not(tensors, condition), y)],
      "bool",
      shape,
      (p, q) => p | q,
    );
  }
  // A zero has any scale.
  const scale = x.source === 0 ? y.scale : y.source === 0 || x.scale === y.scale ? x.scale : 1;
  const over = (array: LazyArray) => ({
    ...array,
    scale: isStored(array) ? array.scale / scale : 1,
  });
  const chosen = elementwise(
    tensors,
    "Where",
    [condition, over(x), over(y)],
    x.type,
    shape,
    (c, a, b) => c ? a : b,
  );
  return { ...chosen, scale };
}
