import assert from "node:assert/strict";
import {
  align,
  broadcast,
  type Layout,
  merge,
  permute,
  product,
  regroup,
  rowMajor,
  shapeOf,
  storedAxes,
  storedSize,
  storing,
} from "../../autodiff/layout.ts";
import { numbers } from "./agree.ts";

/** Where each element of an array lies, in row-major order of the array. */
function offsets(layout: Layout): number[] {
  return layout.flat().reduce(
    (all, { size, stride }) =>
      all.flatMap((offset) => Array.from({ length: size }, (_, i) => offset + i * stride)),
    [0],
  );
}

Deno.test("a tensor as it lies is counted through", () => {
  assert.deepEqual(offsets(rowMajor([2, 1, 3])), [0, 1, 2, 3, 4, 5]);
  assert.deepEqual(offsets(permute(rowMajor([2, 3]), [1, 0])), [0, 3, 1, 4, 2, 5]);
  assert.deepEqual(offsets(broadcast(rowMajor([1, 2]), [2, 2])), [0, 1, 0, 1]);
  assert.deepEqual(offsets(broadcast(rowMajor([2]), [2, 3], [1])), [0, 0, 0, 1, 1, 1]);
});

Deno.test("transposed dimensions merge only in a rearranged tensor", () => {
  const transposed = permute(rowMajor([4, 6]), [1, 0]);
  assert.equal(regroup(transposed, [8, 3]), undefined);
  assert.deepEqual(shapeOf(regroup(transposed, [2, 12])!), [2, 12]);
  assert.deepEqual(regroup(rowMajor([4, 6]), [24]), rowMajor([24]));
});

Deno.test("layouts that cannot be cut alike are refused", () => {
  const cut = permute(regroup(rowMajor([12]), [4, 3])!, [1, 0]);
  const other = permute(regroup(rowMajor([12]), [2, 6])!, [1, 0]);
  assert.equal(align([regroup(cut, [12])!, regroup(other, [12])!])?.length, 2);
  const three = regroup(permute(regroup(rowMajor([6]), [2, 3])!, [1, 0]), [6])!;
  const two = regroup(permute(regroup(rowMajor([6]), [3, 2])!, [1, 0]), [6])!;
  assert.equal(align([three, two]), undefined);
});

Deno.test("any chain of moves finds the elements that moving them finds", () => {
  const random = numbers(5);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)];
  const split = (size: number) =>
    pick([[size], [1, size], ...[2, 3, 4].filter((d) => size % d === 0).map((d) => [d, size / d])]);
  for (let chain = 0; chain < 300; chain++) {
    let layout = rowMajor([pick([1, 2, 4]), pick([1, 3]), pick([2, 6])]);
    let expected = offsets(layout);
    for (let move = 0; move < 6; move++) {
      const shape = shapeOf(layout);
      const kind = pick(["permute", "broadcast", "split", "join"]);
      if (kind === "permute") {
        const order = [...shape.keys()].sort(() => random() - 0.5);
        const from = storing(shape.map((size) => [{ size, stride: 1 }]), [...shape.keys()]);
        expected = offsets(permute(from, order)).map((i) => expected[i]);
        layout = permute(layout, order);
      } else if (kind === "broadcast" && expected.length < 500) {
        const wide = [pick([1, 2]), ...shape];
        expected = Array.from({ length: wide[0] }, () => expected).flat();
        layout = broadcast(layout, wide, [0]);
      } else {
        const to = kind === "split" ? shape.flatMap(split) : [product(shape)];
        layout = regroup(layout, to) ?? layout;
      }
      assert.deepEqual(offsets(layout), expected);
      assert.deepEqual(offsets(merge(layout)), expected);
      assert.equal(storedSize(layout), new Set(expected).size);
      const [a, b] = align([layout, rowMajor(shapeOf(layout))])!;
      assert.deepEqual(offsets(a), expected);
      assert.deepEqual(a.flat().map(({ size }) => size), b.flat().map(({ size }) => size));
      // The strides are those of a row-major tensor.
      let stride = 1;
      for (const axis of storedAxes(layout).reverse()) {
        assert.equal(axis.stride, stride);
        stride *= axis.size;
      }
    }
  }
});
