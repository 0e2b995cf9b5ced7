import { lax, nn, numpy as np } from "@jax-js/jax";
import assert from "node:assert/strict";
import { toOnnx } from "../../autodiff/to_onnx.ts";
import { agree, type Arrays, floats, type Given, ints } from "./agree.ts";

/** What a function is given, and the function. */
type Case = [Record<string, Given>, (arrays: Arrays) => np.Array[]];

const matrix = { x: floats([3, 4]) };
const two = { x: floats([2, 3, 1]), y: floats([4], 2) };
const whole = { x: ints([9], 1, [-20, 20]), y: ints([9], 2, [1, 6]) };
const signs = (x: np.Array) => x.greater(0);

const CASES: Record<string, Case> = {
  "add and mul broadcast": [two, ({ x, y }) => [x.ref.add(y.ref), x.mul(y)]],
  "add and mul of itself": [matrix, ({ x }) => [x.ref.mul(x.ref), x.ref.add(x.ref), x.ref.sub(x)]],
  "sums of scaled": [two, ({ x, y }) => [
    x.ref.mul(3).sub(y.ref.mul(3)),
    x.ref.mul(-3).sub(y.ref.mul(-3)),
    x.ref.mul(3).add(y.ref.mul(5)),
    x.ref.add(y.ref.mul(4)),
    x.mul(0.25).sub(y.mul(-4)),
  ]],
  "sums with constants": [matrix, ({ x }) => [
    x.ref.mul(0.5).add(1),
    x.ref.mul(3).add(1),
    np.array(1).sub(x.ref),
    x.ref.mul(0).add(2),
    x.add(0),
  ]],
  "scales that overflow together": [matrix, ({ x }) => [
    x.ref.mul(1e20).mul(1e15).mul(1e-20).mul(1e-15),
    x.mul(1e-20).mul(1e-15).mul(1e20).mul(1e15),
  ]],
  "division": [{ x: floats([4]), y: floats([4], 2, [1, 2]) }, ({ x, y }) => [
    x.ref.div(y.ref.mul(-3)),
    np.floorDivide(x.ref.mul(9), y.ref),
    x.mul(9).mod(y),
  ]],
  "division of ints": [whole, ({ x, y }) => [
    x.ref.div(y.ref),
    x.ref.mod(y.ref),
    np.remainder(x.ref, y.ref),
    x.ref.mul(y.ref).sub(x.ref).neg(),
    np.square(x).add(1),
    np.minimum(y, 3),
  ]],
  "min and max": [two, ({ x, y }) => [
    np.minimum(x.ref, y.ref),
    np.maximum(x.ref.mul(-2), y.ref.mul(-2)),
    np.maximum(x.mul(-2), y.mul(3)),
  ]],
  "rounding": [{ x: floats([20], 1, [-3, 3]) }, ({ x }) => [
    np.floor(x.ref),
    np.ceil(x.ref),
    np.trunc(x.ref),
    np.round(x.ref),
    np.abs(x.ref),
    np.sign(x),
  ]],
  "functions": [{ x: floats([20], 1, [-3, 3]) }, ({ x }) => [
    np.sin(x.ref),
    np.cos(x.ref.mul(2)),
    np.exp(x.ref.neg()),
    np.log(np.abs(x.ref)),
    np.sqrt(np.abs(x.ref)),
    np.arcsin(x.ref.mul(0.3)),
    np.arctan(x.ref),
    np.tanh(x.ref),
    lax.erf(x.ref),
    lax.erfc(x.ref),
    np.reciprocal(x.mul(2)),
  ]],
  "activations": [{ x: floats([20], 1, [-3, 3]) }, ({ x }) => [
    nn.gelu(x.ref),
    nn.gelu(x.ref, { approximate: false }),
    nn.relu(x.ref),
    nn.sigmoid(x.ref),
    nn.silu(x.ref),
    nn.softplus(x),
  ]],
  "functions of constants": [{ x: floats([2]) }, ({ x }) => [
    np.exp(np.full([2], 2)).add(x.ref),
    lax.erf(np.full([2], 0.5)).add(x.ref),
    np.full([2], 3).astype(np.int32).add(x.astype(np.int32)),
    np.full([2, 3], 7),
    np.ones([2]).sum(),
  ]],
  "sums that are cheaper another way": [
    { x: floats([4, 40]), y: floats([4, 40], 2), z: floats([4, 1], 3) },
    ({ x, y, z }) => {
      const square = x.ref.mul(z.ref).mul(0.3);
      let power = x.ref;
      for (let i = 0; i < 30; i++) power = np.square(power);
      return [
        y.ref.add(square.ref).add(square),
        x.ref.mul(y.ref).add(x.ref.mul(z)),
        x.ref.mul(y.ref).mul(0.3).add(np.square(x.ref)),
        x.ref.mul(3).add(x.ref.mul(y).mul(x).mul(0.7)),
        np.square(power.ref).add(power),
      ];
    },
  ],
  "comparisons": [{ x: ints([9]), y: ints([9], 2), z: floats([9]) }, ({ x, y, z }) => [
    x.ref.less(y.ref),
    x.ref.lessEqual(y.ref),
    x.ref.greater(y.ref),
    x.ref.greaterEqual(y.ref),
    x.ref.equal(y.ref),
    x.ref.notEqual(y),
    x.less(2.5),
    z.ref.mul(-1).less(z.ref.mul(-1).mul(2)),
    z.ref.mul(2).lessEqual(0),
    z.ref.mul(3).equal(z.mul(3)),
  ]],
  "booleans": [{ x: floats([9]), y: floats([9], 2) }, ({ x, y }) => {
    const [p, q] = [signs(x), signs(y)];
    return [
      np.logicalAnd(p.ref, q.ref),
      np.logicalOr(p.ref, q.ref),
      np.logicalNot(p.ref),
      np.logicalXor(p.ref, q.ref),
      np.where(p.ref, q.ref, np.logicalNot(q.ref)),
      p.ref.equal(q.ref),
      p.ref.less(q.ref),
      np.any(p.ref),
      np.all(p.ref),
      p.ref.astype(np.float32).mul(3),
      np.concatenate([p.ref, q.ref]),
      p.ref.reshape([3, 3]).transpose(),
      np.pad(p.ref.slice([2, 7]), 1),
      np.flip(p.ref),
      np.broadcastTo(p.ref.reshape([9, 1]), [9, 2]),
      np.take(p, np.array([1, 3], { dtype: np.int32 })),
      np.minimum(q.ref.astype(np.int32), 1),
      np.maximum(q.astype(np.float32), 0.5),
    ];
  }],
  "casts": [{ x: floats([9], 1, [-3, 3]), y: ints([9], 1, [-2, 2]) }, ({ x, y }) => [
    x.ref.mul(2).astype(np.int32),
    x.ref.astype(np.bool),
    y.ref.astype(np.float32).mul(0.5),
    y.ref.astype(np.bool),
    y.mul(x),
  ]],
  "choices": [{ x: floats([2, 3]), y: floats([3], 2) }, ({ x, y }) => [
    np.where(signs(x.ref), x.ref, y.ref),
    np.where(signs(x.ref), x.ref.mul(-3), y.ref.mul(-3)),
    np.where(signs(x.ref), x.ref.mul(3), y.ref.mul(2)),
    np.where(signs(x.ref), x.ref.mul(3), 0),
    np.where(signs(x.ref), 0, y.ref.mul(3)),
    np.where(signs(x.ref), 1, 0),
    np.where(signs(x.ref), 0, 1),
    np.where(signs(x.ref), 4, 4),
    np.where(signs(x.ref), 5, -Infinity),
    np.where(signs(y.ref), x.ref, 1),
    np.where(np.logicalNot(signs(x.ref)), x.ref, 2),
    np.where(signs(x.ref), x.astype(np.int32).add(1), 7),
    np.where(np.array([true, false, true]), y, 0),
  ]],
  "reductions": [{ x: floats([2, 3, 4]), y: ints([2, 3]) }, ({ x, y }) => [
    x.ref.sum(),
    x.ref.sum(1, { keepdims: true }),
    x.ref.mul(-2).max(2),
    x.ref.mul(-2).min([0, 2]),
    x.ref.prod(0),
    x.ref.mul(2).prod(),
    x.ref.mean(-1),
    np.var_(x.ref, 1),
    y.ref.sum(0),
    y.ref.max(1),
    y.ref.prod(),
    y.ref.min(),
    x.ref.transpose([2, 0, 1]).sum(0),
    np.broadcastTo(x.ref.sum(2, { keepdims: true }), [2, 3, 5]).sum([1, 2]),
    np.broadcastTo(x.ref.sum(2, { keepdims: true }), [2, 3, 5]).max(2),
    np.broadcastTo(x.ref.sum(2, { keepdims: true }), [2, 3, 3]).prod(2),
    np.broadcastTo(y.reshape([2, 3, 1]), [2, 3, 4]).sum([0, 2]),
    np.argmax(x.ref, 1),
    np.argmin(x.ref),
    np.cumsum(x, 1),
  ]],
  "products": [
    { a: floats([5, 3]), b: floats([3, 4], 2), c: floats([2, 5, 3], 3), d: floats([2, 3, 4], 4) },
    ({ a, b, c, d }) => [
      np.matmul(a.ref, b.ref),
      np.matmul(a.ref.mul(2), b.ref.mul(-0.5)),
      np.matmul(b.ref.transpose(), a.ref.transpose()),
      np.matmul(c.ref, b.ref),
      np.matmul(c.ref, d.ref),
      np.matmul(d.ref.transpose([0, 2, 1]), c.ref.transpose([0, 2, 1])),
      np.einsum("bij,bjk->ik", c.ref, d.ref),
      np.einsum("bij,bij->b", c.ref, c.ref),
      np.einsum("bij,jk->kib", c.ref, b.ref),
      np.einsum("ij,kl->iljk", np.tile(a.ref, [9, 1]), d.ref.slice([], 0)),
      np.square(c.ref).sum([0, 1]),
      np.einsum("bij,b->ij", c.ref, d.ref.slice([], 0, 0)),
      np.dot(a.ref.slice(0), b.ref.slice([], 1)),
      np.outer(a.ref.slice(0), b.ref.slice(1)),
      np.matmul(c, np.ones([3, 2])),
      np.einsum("ij,jk->i", a.ref, np.broadcastTo(b.ref.slice([], [0, 1]), [3, 6])),
      np.einsum("ij,ik->", a, np.broadcastTo(b.sum(), [5, 2])),
      d.sum(),
    ],
  ],
  "products of ints": [{ a: ints([5, 3]), b: ints([4, 3], 2) }, ({ a, b }) => [
    np.matmul(a.ref, b.ref.transpose()),
    np.matmul(b, a.transpose()),
  ]],
  "movement": [{ x: floats([2, 3, 4]) }, ({ x }) => [
    x.ref.transpose(),
    x.ref.transpose([1, 2, 0]).reshape([6, 4]),
    x.ref.transpose([1, 2, 0]).reshape([3, 2, 2, 2]).transpose([2, 0, 1, 3]).reshape([4, 6]),
    x.ref.reshape([4, 6]).transpose().reshape([8, 3]),
    np.flip(x.ref, 1),
    np.flip(x.ref.transpose([2, 0, 1]).reshape([8, 3]), [0, 1]),
    x.ref.slice([], 1, [1, 3]),
    x.ref.transpose([2, 0, 1]).slice([1, 3], [0, 1]),
    x.ref.transpose([2, 0, 1]).reshape([8, 3]).slice([3, 7]),
    x.ref.transpose([2, 0, 1]).reshape([8, 3]).slice([], [1, 3]),
    x.ref.transpose([2, 0, 1]).reshape([8, 3]).slice([], [1, 2]).add(
      x.ref.sum([0, 1]).slice([0, 3]),
    ),
    np.pad(x.ref.transpose([2, 0, 1]).reshape([8, 3]), [[0, 0], [1, 0]]),
    np.broadcastTo(x.ref.reshape([2, 3, 1, 4]), [2, 3, 5, 4]).slice([], [], [1, 3], [2, 4]),
    np.pad(x.ref.mul(2), [[0, 1], [2, 0], [0, 0]]),
    np.pad(x.ref.transpose([2, 0, 1]), [[1, 1], [0, 0], [0, 0]]),
    np.pad(np.broadcastTo(x.ref.slice([], [], [0, 1]), [2, 3, 2]), [[0, 0], [0, 0], [1, 0]]),
    np.pad(np.ones([2]), [[1, 2]]).add(x.ref.sum()),
    np.pad(x.ref, [[0, 0], [1, 0], [0, 0]]).slice([], [0, 3]),
    np.pad(x.ref, [[0, 0], [0, 1], [0, 0]]).slice([], [1, 4]),
    np.pad(x.ref, [[0, 0], [1, 2], [2, 1]]).slice([], [2, 5], [0, 4]),
    np.pad(x.ref, [[0, 0], [1, 2], [0, 0]]).slice([], [1, 4]),
    np.pad(x.ref, [[0, 0], [0, 4], [0, 0]]).slice([], [4, 7]),
    np.pad(x.ref.transpose([2, 0, 1]), [[1, 0], [0, 0], [0, 0]]).slice([0, 4]),
    np.pad(x.ref.sum([1, 2], { keepdims: true }), [[0, 0], [1, 1], [0, 2]]),
    np.concatenate([x.ref, x.ref.mul(2)], 1),
    np.concatenate([x.ref.transpose([0, 2, 1]), np.ones([2, 4, 2])], 2),
    np.stack([x.ref, x.ref.neg()], 1),
    ...np.split(x.ref.mul(2), 2, 2),
    np.tile(x.ref, [2, 1, 3]),
    np.repeat(x.ref, 2, 1),
    np.roll(x.ref, 1, 2),
    np.tril(x),
  ]],
  "empty arrays": [{ x: floats([2, 3]) }, ({ x }) => [
    np.concatenate([x.ref.slice([0, 0]), x.ref]),
    x.ref.slice([], [1, 1]).sum(1),
    ...x,
  ]],
  "gather": [{ x: floats([4, 3, 2]), i: ints([5], 1, [0, 3]), j: ints([2, 5], 2, [0, 2]) }, (
    { x, i, j },
  ) => [
    np.take(x.ref, i.ref, 0),
    np.take(x.ref.mul(2), i.ref, 1),
    np.take(x.ref.transpose([1, 2, 0]), j.ref, 1),
    x.ref.slice(i.ref, [], j.ref),
    x.ref.slice([], i.ref, j.ref),
    x.ref.slice(i.ref, j.ref),
    np.take(np.broadcastTo(x.ref.slice([0, 1]), [4, 3, 2]), i.ref, 0),
    np.take(np.full([3, 2], 6), i.ref, 0),
    nn.oneHot(j.ref, 3),
    np.take(x.ref.astype(np.int32), i.ref, 0),
    x.ref.slice(np.array(2, { dtype: np.int32 })),
    np.takeAlongAxis(x, j.slice([], [0, 3], null).slice([0, 1]), 1).add(i.sum()),
  ]],
  "sorting": [{ x: floats([3, 6]), y: ints([3, 6], 1, [0, 3]) }, ({ x, y }) => [
    np.sort(x.ref.mul(-1)),
    np.argsort(x.ref),
    np.argsort(y.ref),
    np.sort(y.ref, 0),
    np.argsort(y, 0),
    ...lax.topK(x, 2),
  ]],
  "convolution": [
    {
      x: floats([2, 3, 7]),
      k: floats([4, 3, 3], 2),
      y: floats([2, 3, 6, 5]),
      l: floats([2, 3, 2, 3]),
    },
    ({ x, k, y, l }) => [
      lax.conv(x.ref, k.ref, [1], "SAME"),
      lax.convGeneralDilated(x.ref, k.ref, [2], [[2, 1]], { rhsDilation: [2] }),
      lax.convGeneralDilated(x.ref, k.ref, [1], [[3, 4]], { lhsDilation: [3] }),
      lax.convGeneralDilated(x.ref.mul(2), k.ref, [1], [[-1, 2]]),
      lax.conv(y.ref, l.ref, [2, 1], "VALID"),
      lax.convTranspose(x, k, [2], "SAME"),
      lax.reduceWindow(y.ref, np.max, [2, 2], [1, 2]),
      lax.reduceWindow(y, np.mean, [3, 2]),
      l.sum(),
    ],
  ],
};

for (const [name, [given, fn]] of Object.entries(CASES)) {
  Deno.test(`${name}: as in jax-js`, async () => {
    await agree(given, (arrays) => {
      const results = fn(arrays);
      return Object.fromEntries(results.map((result, i) => [`${i}`, result]));
    });
  });
}

Deno.test("what cannot be translated is named", () => {
  const given = { x: { shape: [2, 2], type: "float32" } } as const;
  const cannot = (fn: (x: np.Array) => np.Array, message: RegExp) =>
    assert.throws(() => toOnnx("test", given, ({ x }) => ({ y: fn(x) })), { message });
  cannot((x) => np.linalg.cholesky(x), /^Cannot translate the primitive cholesky: ONNX has no/);
  cannot(
    (x) => x.astype(np.float16),
    /^Cannot translate the primitive cast: it is of float16; cast/,
  );
  assert.throws(
    () => toOnnx("test", given, ({ x }) => ({ x: x.add(1) })),
    { message: 'Cannot name an output "x": an input is called so' },
  );
});
