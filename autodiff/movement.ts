/**
 * Operators that move elements, cut some off or put some beside them.
 *
 * @module
 */
import { equal, merge, repeated, shapeOf, storedAxes, storing } from "./layout.ts";
import { arranged, arrayOf, bare, constant, contiguous, isStored } from "./lazy_array.ts";
import type { LazyArray, StoredArray } from "./lazy_array.ts";
import type { Tensor, Tensors } from "./tensors.ts";

/** Reverses the order along dimensions. */
export function flip(tensors: Tensors, array: LazyArray, axes: readonly number[]): LazyArray {
  if (!isStored(array)) return array;
  // To reverse a dimension is to reverse each axis of it.
  const reversed = axes.flatMap((d) => array.layout[d]);
  const order = storedAxes(array.layout);
  const sizes = order.map(({ size }) => size);
  const places = [...order.keys()].filter((p) => reversed.includes(order[p]));
  if (places.length === 0) return array;
  const source = tensors.op("Slice", [
    arranged(tensors, array, order, sizes),
    tensors.ints(places.map(() => -1)),
    tensors.ints(places.map(() => Number.MIN_SAFE_INTEGER)),
    tensors.ints(places),
    tensors.ints(places.map(() => -1)),
  ], sizes);
  return { ...array, source };
}

/** Keeps positions `from` to before `to` of each dimension. */
export function shrink(
  tensors: Tensors,
  array: LazyArray,
  ranges: readonly (readonly [from: number, to: number])[],
): LazyArray {
  const shape = ranges.map(([from, to]) => to - from);
  if (shape.includes(0)) return constant(0, array.type, shape);
  if (!isStored(array)) return { ...array, layout: repeated(shape) };
  return resized(
    tensors,
    array,
    shape,
    true,
    (tensor, places, dims, result) =>
      shiftedBack(tensors, tensor, places, dims.map((d) => ranges[d])) ??
        tensors.op("Slice", [
          tensor,
          tensors.ints(dims.map((d) => ranges[d][0])),
          tensors.ints(dims.map((d) => ranges[d][1])),
          tensors.ints(places),
        ], result),
  );
}

/**
 * The part of a padded tensor in the size that it had before, in one pass: zeros come in at one end
 * and as much goes at the other.
 */
function shiftedBack(
  tensors: Tensors,
  { op, inputs }: Tensor,
  places: readonly number[],
  ranges: readonly (readonly [from: number, to: number])[],
): Tensor | undefined {
  if (op !== "Pad") return undefined;
  const [padded, widths, zero, axes] = inputs;
  const from = padded.shape;
  if (!equal(axes.list!, places)) return undefined;
  if (!places.every((p, i) => ranges[i][1] - ranges[i][0] === from[p])) return undefined;
  const before = ranges.map(([start], i) => widths.list![i] - start);
  if (before.every((width) => width === 0)) return padded;
  const both = [...before, ...before.map((width) => -width)];
  return tensors.op("Pad", [padded, tensors.ints(both), zero, axes], from);
}

/** Puts zeros before and behind each dimension. */
export function pad(
  tensors: Tensors,
  array: LazyArray,
  widths: readonly (readonly [before: number, behind: number])[],
): LazyArray {
  const shape = shapeOf(array.layout).map((size, d) => widths[d][0] + size + widths[d][1]);
  if (array.source === 0) return constant(0, array.type, shape);
  const stored = isStored(array) ? array : contiguous(tensors, array);
  return resized(
    tensors,
    stored,
    shape,
    false,
    (tensor, places, dims, result) =>
      tensors.op("Pad", [
        tensor,
        tensors.ints([0, 1].flatMap((side) => dims.map((d) => widths[d][side]))),
        tensors.scalar(array.type, 0),
        tensors.ints(places),
      ], result),
  );
}

/** An operator that changes the size of `dims`, which are at `places` in its input. */
type Resize = (tensor: Tensor, places: number[], dims: number[], result: number[]) => Tensor;

/**
 * Changes sizes, where the array lies as it is if the dimensions concerned are an axis each.
 *
 * @param keepsRepeated Whether what repeats along a dimension still does in another size of it.
 */
function resized(
  tensors: Tensors,
  array: StoredArray,
  shape: readonly number[],
  keepsRepeated: boolean,
  resize: Resize,
): LazyArray {
  const layout = merge(array.layout);
  const sizes = shapeOf(layout);
  const dims = [...sizes.keys()].filter((d) => sizes[d] !== shape[d]);
  const fits = dims.every((d) =>
    layout[d].length === 1 && (keepsRepeated || layout[d][0].stride > 0)
  );
  if (!fits) {
    const { source, type } = contiguous(tensors, bare(array));
    return { ...arrayOf(resize(source, dims, dims, [...shape]), type), scale: array.scale };
  }
  const order = storedAxes(layout);
  const stored = dims.filter((d) => layout[d][0].stride > 0);
  const places = stored.map((d) => order.indexOf(layout[d][0]));
  const from = order.map(({ size }) => size);
  const to = order.map(({ size }, p) =>
    places.includes(p) ? shape[stored[places.indexOf(p)]] : size
  );
  const tensor = arranged(tensors, array, order, from);
  const flat = layout.flat();
  const resizedLayout = layout.map((axes, d) =>
    dims.includes(d) ? [{ ...axes[0], size: shape[d] }] : axes
  );
  return {
    ...array,
    source: stored.length > 0 ? resize(tensor, places, stored, to) : array.source,
    layout: storing(resizedLayout, order.map((axis) => flat.indexOf(axis))),
  };
}

/** Puts arrays of one type one behind the other along a dimension. */
export function concatenate(
  tensors: Tensors,
  arrays: readonly LazyArray[],
  axis: number,
  shape: readonly number[],
): LazyArray {
  const filled = arrays.filter(({ layout }) => !shapeOf(layout).includes(0));
  if (filled.length === 0) return constant(0, arrays[0].type, shape);
  if (filled.length === 1) return filled[0];
  const parts = filled.map((array) => contiguous(tensors, array).source);
  return arrayOf(tensors.op("Concat", parts, shape, { axis }), arrays[0].type);
}
