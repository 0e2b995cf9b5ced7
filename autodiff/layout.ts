/**
 * Layouts: how the elements of an array lie in the tensor that holds them.
 *
 * Transposing, reshaping and broadcasting an array change no element, only where it is looked up,
 * so they are done here, on paper. A tensor is rearranged only when an operator needs it, and most
 * never do: a matrix product takes either operand transposed, elementwise operators do not care.
 *
 * @module
 */

/** A part of a dimension: consecutive positions are `stride` elements apart, 0 if they repeat. */
export interface Axis {
  readonly size: number;
  readonly stride: number;
}

/**
 * For each dimension the axes that it is the product of, outermost first; none have size 1. The
 * strides over 0 are those of a row-major tensor that has these axes, in some order, and no more.
 */
export type Layout = readonly (readonly Axis[])[];

/** The product of sizes. */
export function product(sizes: readonly number[]): number {
  return sizes.reduce((a, b) => a * b, 1);
}

/** Whether two lists hold the same. */
export function equal<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((x, i) => x === b[i]);
}

/** The size of each dimension. */
export function shapeOf(layout: Layout): number[] {
  return layout.map((axes) => product(axes.map(({ size }) => size)));
}

/** The layout of a tensor of this shape, as it is. */
export function rowMajor(shape: readonly number[]): Layout {
  const layout = repeated(shape);
  return storing(layout, [...layout.flat().keys()]);
}

/** The layout of one element, repeated. */
export function repeated(shape: readonly number[]): Layout {
  return shape.map((size) => size === 1 ? [] : [{ size, stride: 0 }]);
}

/** The axes that are stored rather than repeated, outermost first. */
export function storedAxes(layout: Layout): Axis[] {
  return layout.flat().filter(({ stride }) => stride > 0).sort((a, b) => b.stride - a.stride);
}

/** How many elements the tensor holds. */
export function storedSize(layout: Layout): number {
  return product(storedAxes(layout).map(({ size }) => size));
}

/** Reorders the dimensions: `order[i]` becomes dimension i. */
export function permute(layout: Layout, order: readonly number[]): Layout {
  return order.map((i) => layout[i]);
}

/** Puts repeated dimensions at `axes`, and repeats those of size 1 up to `shape`. */
export function broadcast(
  layout: Layout,
  shape: readonly number[],
  axes: readonly number[] = [],
): Layout {
  const dims = [...layout];
  for (const axis of [...axes].sort((a, b) => a - b)) dims.splice(axis, 0, []);
  while (dims.length < shape.length) dims.unshift([]);
  return dims.map((dim, i) =>
    dim.length === 0 && shape[i] !== 1 ? [{ size: shape[i], stride: 0 }] : dim
  );
}

/** Gives the elements another shape; undefined where only a rearranged tensor can have it. */
export function regroup(layout: Layout, shape: readonly number[]): Layout | undefined {
  const axes = layout.flat();
  const dims: Axis[][] = [];
  for (const size of shape) {
    const dim: Axis[] = [];
    let missing = size;
    while (missing > 1) {
      const [outer, inner] = split(axes.shift()!, missing);
      if (outer === undefined) return undefined;
      dim.push(outer);
      if (inner) axes.unshift(inner);
      missing /= outer.size;
    }
    dims.push(dim);
  }
  return merge(dims);
}

/** Takes up to `size` positions' worth off the outside of an axis. */
function split(axis: Axis, size: number): [Axis?, Axis?] {
  if (size % axis.size === 0) return [axis];
  if (axis.size % size !== 0) return [];
  const inner = { size: axis.size / size, stride: axis.stride };
  return [{ size, stride: axis.stride * inner.size }, inner];
}

/** Joins neighbouring axes of a dimension that are one walk through the tensor. */
export function merge(layout: Layout): Layout {
  return layout.map((axes) => {
    const merged: Axis[] = [];
    for (const axis of axes) {
      const last = merged.at(-1);
      if (last && last.stride === axis.size * axis.stride) {
        merged[merged.length - 1] = { size: last.size * axis.size, stride: axis.stride };
      } else merged.push(axis);
    }
    return merged;
  });
}

/**
 * Cuts the dimensions of arrays of one shape into the same axes.
 *
 * @returns The layouts with equal sizes in equal places, or undefined if there is no such cut.
 */
export function align(layouts: readonly Layout[]): Layout[] | undefined {
  const aligned: Axis[][][] = layouts.map(() => []);
  for (let d = 0; d < layouts[0].length; d++) {
    const left = layouts.map((layout) => [...layout[d]].reverse());
    const dims: Axis[][] = layouts.map(() => []);
    while (left[0].length > 0) {
      const size = Math.min(...left.map(([axis]) => axis.size));
      for (const [i, axes] of left.entries()) {
        const { size: whole, stride } = axes.shift()!;
        if (whole % size !== 0) return undefined;
        dims[i].unshift({ size, stride });
        if (whole > size) axes.unshift({ size: whole / size, stride: stride * size });
      }
    }
    for (const [i, dim] of dims.entries()) aligned[i].push(dim);
  }
  return aligned;
}

/**
 * The layout, cut into the same axes, over another tensor.
 *
 * @param order The places in `layout.flat()` of the axes that it stores, outermost first; the
 *   other axes repeat. Axes may have come to size 1: they go.
 */
export function storing(layout: Layout, order: readonly number[]): Layout {
  const sizes = layout.flat().map(({ size }) => size);
  const strides = sizes.map(() => 0);
  let next = 1;
  for (const p of order.toReversed()) {
    strides[p] = next;
    next *= sizes[p];
  }
  let p = 0;
  return layout.map((axes) =>
    axes.map(({ size }) => ({ size, stride: strides[p++] })).filter(({ size }) => size !== 1)
  );
}
