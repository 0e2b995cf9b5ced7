import assert from "node:assert/strict";
import { testEach } from "./backends.ts";
import { assertClose } from "./close.ts";
import { normals } from "./random.ts";
import * as reference from "./reference.ts";

function layers(seed: number, dim: number) {
  const random = normals(seed);
  const linear = (outputs: number, inputs: number) => ({
    weight: random(outputs * inputs, inputs ** -0.5),
    bias: random(outputs, 0.1),
  });
  const norm = { weight: random(dim, 0.1).map((v) => v + 1), bias: random(dim, 0.1) };
  return { random, linear, norm };
}

for (const [dim, heads, counts] of [[24, 3, [1, 2, 70]], [512, 8, [37]], [1024, 8, [2]]] as const) {
  testEach(`a round's layers at D = ${dim} against float64`, async (backend) => {
    const { random, linear, norm } = layers(dim, dim);
    const convolution = random(dim * dim * 3, (3 * dim) ** -0.5);
    const importance = linear(1, dim);
    const attention = {
      heads,
      norm,
      query: linear(dim, dim),
      keyValue: linear(2 * dim, dim),
      project: linear(dim, dim),
    };
    const clips = counts.map((n) => random(n * dim));
    const merged = counts.map((n) => random(Math.ceil(n / 2) * dim));
    const [convolved, scores, attended] = await backend.batch(async (kernels) => {
      const x = await kernels.upload(clips, dim);
      const y = await kernels.convolve(x, convolution, norm);
      const s = await kernels.linear(x, importance);
      const out = await kernels.attend(await kernels.upload(merged, dim), x, s, attention);
      return await kernels.read(y, s, out);
    });
    clips.forEach((x, b) => {
      assertClose(convolved[b], reference.convolve(x, convolution, norm), 2e-5, `convolve ${b}`);
      const s = reference.linear(x, importance);
      assertClose(scores[b], s, 1e-5, `importance ${b}`);
      assertClose(attended[b], reference.attend(merged[b], x, s, attention), 2e-5, `attend ${b}`);
    });
  });
}

testEach("one query over 300 keys, the importance deciding", async (backend) => {
  // The value of the only important token must come out, whatever tile it stands in.
  const dim = 16, n = 300;
  const { random, norm } = layers(6, dim);
  const zero = (outputs: number) => ({
    weight: new Float32Array(outputs * dim),
    bias: new Float32Array(outputs),
  });
  const identity = new Float32Array(dim * dim);
  for (let i = 0; i < dim; i++) identity[i * dim + i] = 1;
  const keyValue = zero(2 * dim);
  keyValue.weight.set(identity, dim * dim);
  const project = { weight: identity, bias: new Float32Array(dim) };
  const attention = { heads: 2, norm, query: zero(dim), keyValue, project };
  const x = random(n * dim);
  for (const important of [0, 31, 32, 299]) {
    const scores = new Float32Array(n).fill(-60);
    scores[important] = 60;
    const [[out]] = await backend.batch(async (kernels) => {
      const merged = await kernels.upload([new Float32Array(dim)], dim);
      const tokens = await kernels.upload([x], dim);
      const importance = await kernels.upload([scores], 1);
      return await kernels.read(await kernels.attend(merged, tokens, importance, attention));
    });
    const expected = reference.normalise(x.subarray(important * dim, (important + 1) * dim), norm);
    assertClose(out, expected, 1e-5, `${important}`);
  }
});

testEach(
  "frames: cosines, the top ones with ties, their choice, units and pools",
  async (backend) => {
    const dim = 96, counts = [1, 12, 7];
    const random = normals(7);
    const clips = counts.map((n) => random(n * dim));
    clips[1].copyWithin(8 * dim, 2 * dim, 3 * dim); // frame 8 is frame 2 again
    clips[2].fill(0, 3 * dim, 4 * dim); // a frame of zeros
    const query = random(dim);
    const keep = counts.map((n) => Math.ceil(n / 2));
    const [cosines, chosen, rows, units, weights, pooled] = await backend.batch(async (kernels) => {
      const x = await kernels.upload(clips, dim);
      const cosines = await kernels.cosine(query, x);
      const chosen = await kernels.top(cosines, keep);
      const weights = await kernels.weigh(x);
      const units = await kernels.unit(x);
      const pooled = await kernels.pool(units, weights);
      const rows = await kernels.gather(x, chosen);
      return await kernels.read(cosines, chosen, rows, units, weights, pooled);
    });
    const length = (v: Float32Array) => Math.hypot(...v);
    clips.forEach((x, b) => {
      const frames = Array.from(
        { length: counts[b] },
        (_, i) => x.subarray(i * dim, (i + 1) * dim),
      );
      const expected = frames.map((frame) => {
        const product = frame.reduce((sum, v, c) => sum + v * query[c], 0);
        return product === 0 ? 0 : product / length(frame) / length(query);
      });
      assertClose(cosines[b], expected, 1e-6, `cosine ${b}`);
      const order = frames.map((_, i) => i).sort((i, j) => cosines[b][j] - cosines[b][i] || i - j);
      const best = order.slice(0, keep[b]).sort((i, j) => i - j);
      assert.deepEqual([...chosen[b]], best);
      assert.deepEqual([...rows[b]], best.flatMap((i) => [...frames[i]]));
      const unit = frames.flatMap((frame) => [...frame].map((v) => v / (length(frame) || 1)));
      assertClose(units[b], unit, 1e-6, `unit ${b}`);
      assertClose(weights[b], frames.map(() => 1 / counts[b]), 1e-7, `uniform ${b}`);
      const mean = Array.from(
        { length: dim },
        (_, c) => frames.reduce((sum, _, i) => sum + unit[i * dim + c], 0) / counts[b],
      );
      assertClose(pooled[b], mean, 1e-6, `pool ${b}`);
    });
  },
);

testEach("clips that lie one behind the other score as copies of them do", async (backend) => {
  const dim = 16, count = 200, tokens = 37, words = 5;
  const random = normals(9);
  const all = new Float16Array(random(count * tokens * dim));
  const together = Array.from(
    { length: count },
    (_, b) => all.subarray(b * tokens * dim, (b + 1) * tokens * dim),
  );
  const theta = together.map(() => new Float32Array(tokens).fill(1 / tokens));
  const text = random(words * dim), textWeights = new Float32Array(words).fill(1 / words);
  const score = (clips: Float16Array[]) =>
    backend.batch(async (kernels) => {
      const x = await kernels.upload(clips, dim);
      const weights = await kernels.upload(theta, 1);
      return (await kernels.read(await kernels.interact(text, textWeights, x, weights)))[0];
    });
  assert.deepEqual(await score(together), await score(together.map((clip) => clip.slice())));
});

testEach("a clip scores the same alone and beside clips of any size", async (backend) => {
  const dim = 16, words = 5, counts = [37, 1, 74, 3000, 38, ...Array(90).fill(37), 500];
  const random = normals(10);
  const clips = counts.map((n) => random(n * dim));
  const theta = counts.map((n) => Float32Array.from(reference.softmax(random(n))));
  const text = random(words * dim), textWeights = new Float32Array(words).fill(1 / words);
  const score = (chosen: number[]) =>
    backend.batch(async (kernels) => {
      const x = await kernels.upload(chosen.map((b) => clips[b]), dim);
      const weights = await kernels.upload(chosen.map((b) => theta[b]), 1);
      return (await kernels.read(await kernels.interact(text, textWeights, x, weights)))[0];
    });
  const together = await score([...clips.keys()]);
  for (const b of [0, 1, 2, 3, 4, 50, counts.length - 1]) {
    assert.deepEqual([together[b]], await score([b]), `clip ${b}`);
    const expected = reference.interact(text, textWeights, clips[b], theta[b]);
    assertClose(together[b], [expected], 1e-5 * Math.sqrt(dim), `clip ${b}`);
  }
});

testEach("interaction of texts with float16 clips against float64", async (backend) => {
  const dim = 64, counts = [1, 37, 33, 100];
  const random = normals(8);
  const clips = counts.map((n) => new Float16Array(random(n * dim)));
  const theta = counts.map((n) => Float32Array.from(reference.softmax(random(n))));
  for (const words of [1, 2, 32, 77]) {
    const text = random(words * dim);
    const textWeights = Float32Array.from(reference.softmax(random(words)));
    const [scores] = await backend.batch(async (kernels) => {
      const x = await kernels.upload(clips, dim);
      const weights = await kernels.upload(theta, 1);
      return await kernels.read(await kernels.interact(text, textWeights, x, weights));
    });
    clips.forEach((x, b) => {
      const expected = reference.interact(text, textWeights, x, theta[b]);
      assertClose(scores[b], [expected], 1e-5 * Math.sqrt(dim), `${words} words, clip ${b}`);
    });
  }
});
