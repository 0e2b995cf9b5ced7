import { grad, lax, nn, numpy as np, valueAndGrad } from "@jax-js/jax";
import assert from "node:assert/strict";
import * as ort from "onnxruntime-node";
import { toOnnx } from "../../autodiff/to_onnx.ts";
import { openSession } from "../../onnx/session.ts";
import { agree, type Arrays, floats, type Given, ints, specOf } from "./agree.ts";

/** Differentiable in `x`; the rest is given. */
type Case = [Record<string, Given>, (arrays: Arrays) => np.Array];

const [batch, heads, words, width] = [2, 2, 3, 4];

const CASES: Record<string, Case> = {
  "layer norm": [
    { x: floats([5, 8]), scale: floats([8], 2), shift: floats([8], 3), to: floats([5, 8], 4) },
    ({ x, scale, shift, to }) => nn.standardize(x, -1).mul(scale).add(shift).mul(to).sum(),
  ],
  "masked self-attention": [
    {
      x: floats([batch, words, heads * width]),
      w: floats([3, heads * width, heads * width], 2),
      mask: ints([batch, words], 3, [0, 2]),
      to: floats([batch, words, heads * width], 4),
    },
    ({ x, w, mask, to }) => {
      const [q, k, v] = [0, 1, 2].map((i) =>
        np.matmul(x.ref, w.ref.slice(i)).reshape([batch, words, heads, width]).transpose([
          0,
          2,
          1,
          3,
        ])
      );
      [x, w].forEach((array) => array.dispose());
      const hidden = mask.astype(np.float32).sub(1).mul(1e9).reshape([batch, 1, 1, words]);
      const scores = np.matmul(q, k.transpose([0, 1, 3, 2])).mul(width ** -0.5).add(hidden);
      const mixed = np.matmul(nn.softmax(scores, -1), v).transpose([0, 2, 1, 3]);
      return mixed.reshape([batch, words, heads * width]).mul(to).sum();
    },
  ],
  "embeddings that are looked up": [
    { x: floats([6, 4]), ids: ints([2, 5], 2, [0, 6]), to: floats([2, 5, 4], 3) },
    ({ x, ids, to }) => np.square(np.take(x, ids, 0)).mul(to).sum(),
  ],
  "the closest of clusters": [
    { x: floats([7, 3], 9), to: floats([2, 3], 2) },
    ({ x, to }) => {
      // Labels are found from x itself, without a gradient; members are averaged with one.
      const own = lax.stopGradient(x.ref);
      const centres = own.ref.slice([0, 2]);
      const distances = np.square(own.reshape([7, 1, 3]).sub(centres.reshape([1, 2, 3]))).sum(2);
      const member = nn.oneHot(np.argmin(distances, 1), 2).transpose();
      const size = member.ref.sum(1, { keepdims: true });
      return np.square(np.matmul(member, x).div(size)).mul(to).sum();
    },
  ],
  "contrastive loss": [
    { x: floats([4, 6]), y: floats([4, 6], 2) },
    ({ x, y }) => {
      const unit = (rows: np.Array) =>
        rows.ref.div(np.sqrt(np.square(rows).sum(1, { keepdims: true })));
      const logits = np.matmul(unit(x), unit(y).transpose()).mul(5);
      const eye = np.eye(4);
      return nn.logSoftmax(logits.ref, 1).add(nn.logSoftmax(logits, 0)).mul(eye).sum().mul(-1 / 8);
    },
  ],
  "a divergence from a detached distribution": [
    { x: floats([3, 5]), w: floats([5, 4], 2), other: floats([3, 5], 3) },
    ({ x, w, other }) => {
      const teacher = nn.logSoftmax(lax.stopGradient(np.matmul(other, w.ref)), 1);
      const student = nn.logSoftmax(np.matmul(x, w).mul(2), 1);
      return np.exp(teacher.ref).mul(teacher.sub(student)).sum();
    },
  ],
  "a convolution in time": [
    { x: floats([2, 3, 6]), kernel: floats([4, 3, 3], 2), to: floats([2, 4, 6], 3) },
    ({ x, kernel, to }) => np.tanh(lax.conv(x, kernel, [1], "SAME")).mul(to).sum(),
  ],
  "the kernel of a convolution": [
    { x: floats([4, 3, 3]), y: floats([2, 3, 6], 2), to: floats([2, 4, 3], 3) },
    ({ x, y, to }) => lax.conv(y, x, [2], "SAME").mul(to).sum(),
  ],
  "activations": [
    { x: floats([12], 1, [-2, 2]) },
    ({ x }) => nn.gelu(x.ref).add(nn.gelu(x.ref, { approximate: false })).add(nn.silu(x)).sum(),
  ],
  "the highest of each row": [
    { x: floats([3, 6]), to: floats([3], 2) },
    ({ x, to }) => x.max(1).mul(to).sum(),
  ],
  "a chosen element of each row": [
    { x: floats([3, 4]), at: ints([3, 1], 2, [0, 4]) },
    ({ x, at }) => np.square(np.takeAlongAxis(x, at, 1)).sum(),
  ],
  "sorted rows": [
    { x: floats([3, 4]), to: floats([4], 2) },
    ({ x, to }) => np.sort(x.ref, 1).mul(to).sum().add(np.square(lax.topK(x, 2)[0]).sum()),
  ],
  "pooling": [
    { x: floats([2, 4, 6]) },
    ({ x }) =>
      np.square(lax.reduceWindow(x.ref, np.max, [2, 2])).sum().add(
        np.square(lax.reduceWindow(x, np.mean, [3], [3])).sum(),
      ),
  ],
  "products and variances": [
    { x: floats([3, 4], 1, [0.5, 1.5]) },
    ({ x }) => x.ref.prod(1).sum().add(np.std(x.ref, 0).sum()).add(np.cumsum(x, 1).max()),
  ],
};

for (const [name, [given, fn]] of Object.entries(CASES)) {
  Deno.test(`${name}: the gradient is jax-js's and that of differences`, async () => {
    const ofX = (arrays: Arrays) => {
      const { x, ...rest } = arrays;
      return valueAndGrad((x: np.Array) => fn({ x, ...rest }))(x) as [np.Array, np.Array];
    };
    const { gradient } = await agree(given, (arrays) => {
      const [value, gradient] = ofX(arrays);
      return { value, gradient };
    });

    const specs = Object.entries(given).map(([name, array]) => [name, specOf(array)]);
    const model = toOnnx("value", Object.fromEntries(specs), (arrays) => ({ value: fn(arrays) }));
    const session = await openSession(model, { threads: 1 });
    const feeds = Object.fromEntries(
      Object.entries(given).map(([name, array]) => [
        name,
        new ort.Tensor(specOf(array).type, array.data, array.shape),
      ]),
    );
    const data = given.x.data;
    const valueAt = async (i: number, x: number) => {
      feeds.x = new ort.Tensor("float32", Float32Array.from(data).with(i, x), given.x.shape);
      return (await session.run(feeds)).value.data[0] as number;
    };
    const step = 2 ** -8;
    for (const [i, x] of data.entries()) {
      const difference = await valueAt(i, x + step) - await valueAt(i, x - step);
      const slope = difference / (2 * step);
      const error = Math.abs(gradient.data[i] - slope);
      assert(
        error < 2e-3 * Math.max(1, Math.abs(slope)),
        `[${i}] is ${gradient.data[i]}, not ${slope}`,
      );
    }
    await session.release();
  });
}

Deno.test("labels found from a parameter let no gradient through", async () => {
  const given = { x: floats([4, 3]) };
  const labelled = (x: np.Array) => {
    const label = nn.oneHot(np.argmax(lax.stopGradient(x.ref), 1), 3);
    return nn.logSoftmax(x, 1).mul(label).sum();
  };
  const { gradient } = await agree(given, ({ x }) => ({ gradient: grad(labelled)(x) }));
  // Σ over a row of (one-hot − softmax) is 0; it would not be if the label moved too.
  for (let row = 0; row < 4; row++) {
    const sum = gradient.data.slice(3 * row, 3 * row + 3).reduce((a, b) => a + b);
    assert(Math.abs(sum) < 1e-6);
  }
});

Deno.test("what is detached everywhere costs nothing", () => {
  const specs = { x: { shape: [64, 64], type: "float32" } } as const;
  const size = (fn: (x: np.Array) => np.Array) =>
    toOnnx("test", specs, ({ x }) => ({ dx: grad(fn)(x) })).byteLength;
  const alone = size((x) => np.sin(x).sum());
  const beside = size((x) =>
    np.sin(x.ref).sum().add(lax.stopGradient(np.exp(np.matmul(x.ref, x)).sum()))
  );
  assert.equal(beside, alone);
});
