/**
 * Operators that treat every element alone.
 *
 * @module
 */
import { type Axis, merge, shapeOf, storing } from "./layout.ts";
import {
  aligned,
  arranged,
  constant,
  isStored,
  type LazyArray,
  type StoredArray,
  unscaled,
} from "./lazy_array.ts";
import type { ElementType, Tensors } from "./tensors.ts";
import type { Attribute } from "../onnx/graph.ts";

/**
 * A unary operator over every element.
 *
 * @param fold The operator over a number; without it a constant is left to ONNX Runtime.
 */
export function unary(
  tensors: Tensors,
  op: string,
  array: LazyArray,
  fold?: (x: number) => number,
): LazyArray {
  if (!isStored(array) && fold) {
    return constant(fold(array.source as number), array.type, shapeOf(array.layout));
  }
  const { type, layout } = array;
  const source = isStored(array)
    ? unscaled(tensors, array).source
    : tensors.scalar(type, array.source as number);
  return { type, source: tensors.op(op, [source], source.shape), scale: 1, layout };
}

/** A dimension of the tensors that an operator is given. */
interface Block {
  /** The first of its places. */
  readonly at: number;
  size: number;
}

/**
 * An operator over arrays that broadcast against each other. Scales are multiplied in first.
 *
 * The result lies as the largest operand does; the others are rearranged to fit if they must.
 *
 * @param type The result's.
 * @param fold The operator over numbers.
 */
export function elementwise(
  tensors: Tensors,
  op: string,
  operands: readonly LazyArray[],
  type: ElementType,
  shape: readonly number[],
  fold: (...values: number[]) => number,
  attributes: Readonly<Record<string, Attribute>> = {},
): LazyArray {
  const stored = operands.filter(isStored).map((operand) => unscaled(tensors, operand));
  if (stored.length === 0) {
    return constant(fold(...operands.map(({ source }) => source as number)), type, shape);
  }
  const { arrays, axes } = aligned(tensors, stored, shape);
  const order = commonOrder(axes);
  const blocks = cutAs(commonBlocks(axes, order), leader(arrays, axes, order)?.source.shape);
  const inputs = arrays.map((array, i) => {
    const stored = (p: number) => axes[i][p].stride > 0;
    const own = order.filter(stored).map((p) => axes[i][p]);
    return arranged(
      tensors,
      array,
      own,
      blocks.map(({ at, size }) => size > 1 && stored(at) ? size : 1),
    );
  });
  let next = 0;
  const tensor = tensors.op(
    op,
    operands.map((operand) =>
      isStored(operand) ? inputs[next++] : tensors.scalar(operand.type, operand.source as number)
    ),
    blocks.map(({ size }) => size),
    attributes,
  );
  return { type, source: tensor, scale: 1, layout: merge(storing(arrays[0].layout, order)) };
}

/** The places of the stored axes in the order of the array that has most of them stored. */
function commonOrder(axes: readonly (readonly Axis[])[]): number[] {
  const places = axes[0].map((_, p) => p);
  const stored = places.filter((p) => axes.some((own) => own[p].stride > 0));
  const votes = new Map<string, { order: number[]; count: number }>();
  for (const own of axes) {
    if (stored.some((p) => own[p].stride === 0)) continue;
    const order = [...stored].sort((a, b) => own[b].stride - own[a].stride);
    const vote = votes.get(`${order}`) ?? { order, count: 0 };
    vote.count++;
    votes.set(`${order}`, vote);
  }
  const [winner] = [...votes.values()].sort((a, b) => b.count - a.count);
  return winner?.order ?? stored;
}

/** An array that has all axes, and in this order. */
function leader(
  arrays: readonly StoredArray[],
  axes: readonly (readonly Axis[])[],
  order: readonly number[],
): StoredArray | undefined {
  return arrays.find((_, i) =>
    order.every((p, j) =>
      axes[i][p].stride > (j + 1 < order.length ? axes[i][order[j + 1]].stride : 0)
    )
  );
}

/** The blocks cut into the dimensions of a tensor of as many elements, if those fit in. */
function cutAs(blocks: Block[], shape: readonly number[] | undefined): Block[] {
  if (!shape) return blocks;
  const cut: Block[] = [];
  let [b, left] = [0, blocks[0]?.size ?? 1];
  for (const size of shape) {
    if (left === 1 && size > 1) left = blocks[++b].size;
    if (left % size !== 0) return blocks;
    left /= size;
    cut.push({ at: blocks[b]?.at ?? 0, size });
  }
  return cut;
}

/** Neighbouring places that every array stores, or repeats, together: one dimension each. */
function commonBlocks(
  axes: readonly (readonly Axis[])[],
  order: readonly number[],
): Block[] {
  const blocks: Block[] = [];
  for (const p of order) {
    const last = blocks.at(-1);
    const { size } = axes[0][p];
    if (last && axes.every((own) => own[p].stride > 0 === own[last.at].stride > 0)) {
      last.size *= size;
    } else blocks.push({ at: p, size });
  }
  return blocks;
}
