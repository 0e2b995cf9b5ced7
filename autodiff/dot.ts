/**
 * Products: Σ over the last dimension of x·y, where the other dimensions broadcast.
 *
 * @module
 */
import { multiply } from "./arithmetic.ts";
import { type Axis, type Layout, merge, product, shapeOf, storing } from "./layout.ts";
import { aligned, arranged, isStored, type LazyArray, type StoredArray } from "./lazy_array.ts";
import { reduce } from "./reduce.ts";
import { SMALL } from "./rewriting.ts";
import type { Tensor, Tensors } from "./tensors.ts";

/**
 * The sum of products over the last dimension.
 *
 * Every axis is one of four: in both operands and summed (K), in both and kept (a batch), or kept
 * and in one of them only (M, N). So it is one batched matrix product of operands in whatever order
 * they lie: `FusedMatMul` takes either transposed.
 *
 * @param x As y, of the result's type.
 * @param shape That of x and y broadcast against each other.
 */
export function dot(
  tensors: Tensors,
  x: LazyArray,
  y: LazyArray,
  shape: readonly number[],
): LazyArray {
  const last = shape.length - 1;
  const elementwise = () => reduce(tensors, multiply(tensors, x, y, shape), "Add", [last]);
  if (!isStored(x) || !isStored(y) || x.type === "bool" || shape.includes(0)) return elementwise();

  const { arrays: [a, b], axes: [ofX, ofY] } = aligned(tensors, [x, y], shape);
  const places = ofX.map((_, p) => p);
  const inX = (p: number) => ofX[p].stride > 0;
  const inY = (p: number) => ofY[p].stride > 0;
  const isSummed = (p: number) => p >= ofX.length - a.layout[last].length;
  if (places.some((p) => isSummed(p) && !(inX(p) && inY(p)))) return sumApart(tensors, a, b, shape);
  const K = places.filter(isSummed);
  const batch = places.filter((p) => !isSummed(p) && inX(p) && inY(p));
  const M = places.filter((p) => inX(p) && !inY(p));
  const N = places.filter((p) => inY(p) && !inX(p));
  if (K.length === 0 || M.length + N.length === 0) return elementwise();

  const size = (of: readonly number[]) => product(of.map((p) => ofX[p].size));
  const asIn = (axes: readonly Axis[]) => (p: number, q: number) => axes[q].stride - axes[p].stride;
  // Each operand's own order; the result's where an operand is far smaller than the result.
  if (size(K) * SMALL > size(N)) M.sort(asIn(ofX));
  if (size(K) * SMALL > size(M)) N.sort(asIn(ofY));
  // Of two orders, the larger operand's.
  for (const both of [batch, K]) both.sort(asIn(size(M) >= size(N) ? ofX : ofY));
  const batches = batch.length > 0 ? [size(batch)] : [];
  const matrix = (array: StoredArray, axes: readonly Axis[], rows: number[], columns: number[]) =>
    arranged(
      tensors,
      array,
      [...batch, ...rows, ...columns].map((p) => axes[p]),
      [...batches, size(rows), size(columns)],
    );
  const shapeOut = [...batches, size(M), size(N)];
  let source: Tensor;
  if (x.type === "float32") {
    const transA = M.includes(innermost(ofX));
    const transB = !N.includes(innermost(ofY));
    const left = transA ? matrix(a, ofX, K, M) : matrix(a, ofX, M, K);
    const right = transB ? matrix(b, ofY, N, K) : matrix(b, ofY, K, N);
    source = transA || transB
      ? tensors.op("FusedMatMul", [left, right], shapeOut, { transA: +transA, transB: +transB })
      : tensors.op("MatMul", [left, right], shapeOut);
  } else {
    source = tensors.op("MatMul", [matrix(a, ofX, M, K), matrix(b, ofY, K, N)], shapeOut);
  }
  const layout = merge(storing(a.layout.slice(0, last), [...batch, ...M, ...N]));
  return { type: x.type, source, scale: x.scale * y.scale, layout };
}

/**
 * The place of the axis whose elements are neighbours; it stays that, unless the operand is small.
 */
function innermost(axes: readonly Axis[]): number {
  return axes.findIndex(({ stride }) => stride === 1);
}

/** Σ x·y where some of the axes are in one factor only: that one is summed over them first. */
function sumApart(
  tensors: Tensors,
  x: StoredArray,
  y: StoredArray,
  shape: readonly number[],
): LazyArray {
  const lead = shape.length - 1;
  const apart = ({ layout }: StoredArray): Layout => [
    ...layout.slice(0, lead),
    ...layout[lead].map((axis) => [axis]),
  ];
  const [ofX, ofY] = [apart(x), apart(y)];
  const summed = [...ofX.keys()].slice(lead);
  const onlyX = summed.filter((d) => ofY[d][0].stride === 0);
  const onlyY = summed.filter((d) => ofX[d][0].stride === 0 && !onlyX.includes(d));
  const sum = (array: StoredArray, layout: Layout, alone: number[], elsewhere: number[]) => {
    const dims = [...layout.keys()].filter((d) => !elsewhere.includes(d));
    const own = { ...array, layout: dims.map((d) => layout[d]) };
    const rest = reduce(tensors, own, "Add", alone.map((d) => dims.indexOf(d)));
    return {
      ...rest,
      layout: [...rest.layout.slice(0, lead), rest.layout.slice(lead).flat()],
    };
  };
  const left = sum(x, ofX, onlyX, onlyY);
  const right = sum(y, ofY, onlyY, onlyX);
  const rest = shapeOf([left.layout[lead]]);
  return dot(tensors, left, right, [...shape.slice(0, lead), ...rest]);
}
