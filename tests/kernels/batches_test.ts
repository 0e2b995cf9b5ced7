import assert from "node:assert/strict";
import type { Backend, Kernels } from "../../kernels/backend.ts";
import { open, testEach } from "./backends.ts";
import { clusteredTokens, normals } from "./random.ts";

const DIM = 64;
const random = normals(11);
const linear = (outputs: number, inputs: number) => ({
  weight: random(outputs * inputs, inputs ** -0.5),
  bias: random(outputs, 0.1),
});
const norm = { weight: random(DIM, 0.1).map((v) => v + 1), bias: random(DIM, 0.1) };
const convolution = random(DIM * DIM * 3, 0.05);
const importanceLayer = linear(1, DIM);
const attention = {
  heads: 8,
  norm,
  query: linear(DIM, DIM),
  keyValue: linear(2 * DIM, DIM),
  project: linear(DIM, DIM),
};
const mlp = { hidden: linear(2 * DIM, DIM), output: linear(1, 2 * DIM) };
const query = random(DIM);
const text = random(20 * DIM);
const textWeights = random(20);

/** Everything there is, on some clips; one list of arrays a clip. */
async function everything(kernels: Kernels, clips: Float32Array[]) {
  const raw = await kernels.upload(clips, DIM);
  const x = await kernels.convolve(raw, convolution, norm);
  const half = x.counts.map((n) => Math.ceil(n / 2));
  const importance = await kernels.linear(x, importanceLayer);
  const distances = await kernels.distances(x);
  const density = await kernels.density(distances, 3);
  const separation = await kernels.separation(distances, density);
  const centres = await kernels.centres(density, separation, half);
  const labels = await kernels.assign(distances, centres);
  const merged = await kernels.merge(x, labels, half, importance);
  const entities = await kernels.attend(merged, x, importance, attention);
  const weights = await kernels.weigh(entities, mlp);
  const units = await kernels.unit(entities);
  const cosines = await kernels.cosine(query, raw);
  const read = await kernels.read(
    x,
    importance,
    density,
    separation,
    centres,
    labels,
    merged,
    entities,
    weights,
    await kernels.pool(units, weights),
    cosines,
    await kernels.gather(raw, await kernels.top(cosines, half)),
    await kernels.interact(text, textWeights, units, weights),
  );
  const pairs = await kernels.readDistances(distances);
  return clips.map((_, b) => [...read.map((tensor) => tensor[b]), pairs[b]]);
}

testEach("a clip has the same bits alone and in a ragged batch", async (backend: Backend) => {
  const clips = [130, 1, 64, 2, 37, 65].map((n, seed) => clusteredTokens(seed, n, DIM));
  const together = await backend.batch((kernels) => everything(kernels, clips));
  const reversed = await backend.batch((kernels) => everything(kernels, clips.toReversed()));
  for (const [b, clip] of clips.entries()) {
    const [alone] = await backend.batch((kernels) => everything(kernels, [clip]));
    assert.deepEqual(together[b], alone, `clip ${b}`);
    assert.deepEqual(reversed[clips.length - 1 - b], alone, `clip ${b}, reversed`);
  }
});

testEach("a clip scores the same bits whatever stands beside it", async (backend) => {
  const dim = 512, sizes = [37, 1, 74, 300, 37, 2500, 74, 64];
  const clips = sizes.map((n) => random(n * dim, dim ** -0.5));
  const weights = sizes.map((n) => new Float32Array(n).fill(1 / n));
  for (const words of [1, 2, 9, 77]) {
    const text = random(words * dim, dim ** -0.5);
    const textWeights = new Float32Array(words).fill(1 / words);
    const scores = (which: number[]) =>
      backend.batch(async (kernels) => {
        const x = await kernels.upload(which.map((b) => clips[b]), dim);
        const theta = await kernels.upload(which.map((b) => weights[b]), 1);
        const [read] = await kernels.read(await kernels.interact(text, textWeights, x, theta));
        return read.map(([score]) => score);
      });
    const together = await scores([...sizes.keys()]);
    for (const b of sizes.keys()) {
      assert.deepEqual(await scores([b]), [together[b]], `clip ${b}, ${words} words`);
    }
  }
});

testEach("every operation counts its kernels", async (backend) => {
  const before = new Map(backend.dispatches);
  await backend.batch((kernels) => everything(kernels, [clusteredTokens(1, 37, DIM)]));
  for (
    const kernel of [
      "convolve",
      "linear",
      "distances",
      "density",
      "centres",
      "assign",
      "merge",
      "attend",
      "unit",
      "pool",
      "cosine",
      "top",
      "gather",
      "interact",
    ]
  ) {
    const count = (backend.dispatches.get(kernel) ?? 0) - (before.get(kernel) ?? 0);
    assert.ok(count > 0, kernel);
  }
});

testEach("what is out of range is refused", async (backend) => {
  const refused = (work: (kernels: Kernels) => Promise<unknown>, message: RegExp) =>
    assert.rejects(backend.batch(work), (error: Error) => {
      assert.ok(error instanceof RangeError, String(error));
      assert.match(error.message, message);
      return true;
    });
  const tokens = (n: number, dim = 1) => [new Float32Array(n * dim)];
  await refused((k) => k.upload(tokens(1, 1025), 1025), /width from 1 to 1024 but found 1025$/);
  await refused((k) => k.upload([new Float32Array(5)], 2), /whole rows of 2 but found 5 numbers$/);
  await refused((k) => k.upload([new Float32Array(0)], 2), /whole rows/);
  await refused((k) => k.upload(tokens(16_385), 1), /16385 rows in one batch/);
  await refused(
    async (k) => k.distances(await k.upload(tokens(4097), 1)),
    /a clip of 4097 tokens: expected at most 4096$/,
  );
  await refused(
    async (k) => k.distances(await k.upload([...tokens(4096), ...tokens(1)], 1)),
    /16777217 distances in one batch/,
  );
  for (const neighbours of [0, 17, 1.5]) {
    await refused(
      async (k) => k.density(await k.distances(await k.upload(tokens(4), 1)), neighbours),
      /1 to 16 neighbours/,
    );
  }
  await refused(
    async (k) => k.top(await k.upload(tokens(4), 1), [5]),
    /1 to 4 of clip 0 but found 5$/,
  );
  const words = new Float32Array(257);
  await refused(
    async (k) =>
      k.interact(words, words, await k.upload(tokens(4), 1), await k.upload(tokens(4), 1)),
    /1 to 256 tokens but found 257$/,
  );
});

testEach("a destroyed device rejects with DeviceLostError", async ({ name }) => {
  const backend = await open(name);
  const underWay = backend.batch(async (kernels) => {
    const x = await kernels.upload([clusteredTokens(2, 37, DIM)], DIM);
    backend.destroy();
    return await kernels.read(await kernels.linear(x, importanceLayer));
  });
  await assert.rejects(underWay, { name: "DeviceLostError" });
  const later = backend.batch((kernels) => kernels.upload([new Float32Array(2)], 2));
  await assert.rejects(later, { name: "DeviceLostError" });
});

testEach("a device destroyed while it computes rejects the read", async ({ name }) => {
  const backend = await open(name);
  const reading = backend.batch(async (kernels) => {
    const x = await kernels.upload([clusteredTokens(2, 200, DIM)], DIM);
    const convolved = await kernels.convolve(x, convolution, norm);
    const result = kernels.read(await kernels.linear(convolved, importanceLayer));
    backend.destroy();
    return await result;
  });
  // On the CPU the work was done before the backend could be destroyed.
  if (name === "cpu") assert.equal((await reading)[0][0].length, 200);
  else await assert.rejects(reading, { name: "DeviceLostError" });
});
