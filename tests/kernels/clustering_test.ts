import assert from "node:assert/strict";
import type { Backend } from "../../kernels/backend.ts";
import { testEach } from "./backends.ts";
import { assertClose } from "./close.ts";
import { clusteredTokens, normals } from "./random.ts";
import * as reference from "./reference.ts";

/** A decision is compared where float64 makes it by more than this, relatively. */
const CLEAR = 1e-5;

async function cluster(
  backend: Backend,
  clips: Float32Array[],
  dim: number,
  neighbours: number,
  ratio = 0.5,
) {
  return await backend.batch(async (kernels) => {
    const x = await kernels.upload(clips, dim);
    const clusters = x.counts.map((n) => Math.max(1, Math.ceil(n * ratio)));
    const distances = await kernels.distances(x);
    const density = await kernels.density(distances, neighbours);
    const separation = await kernels.separation(distances, density);
    const centres = await kernels.centres(density, separation, clusters);
    const labels = await kernels.assign(distances, centres);
    const merged = await kernels.merge(x, labels, clusters);
    return {
      distances: await kernels.readDistances(distances),
      read: await kernels.read(density, separation, centres, labels, merged),
    };
  });
}

for (
  const [n, dim, k] of [
    [1, 32, 3],
    [2, 24, 3],
    [3, 512, 1],
    [5, 32, 16],
    [37, 1024, 2],
    [65, 7, 5],
    [294, 512, 3],
    [588, 512, 3],
    [588, 24, 16],
  ]
) {
  testEach(`DPC-KNN of ${n} tokens of ${dim} with k = ${k} against float64`, async (backend) => {
    const x = clusteredTokens(n * dim + k, n, dim);
    const { distances, read } = await cluster(backend, [x], dim, k);
    const [[density], [separation], [centres], [labels], [merged]] = read;

    const d = reference.distances(x, dim);
    assertClose(distances[0], d, 1e-5, "d");
    for (let i = 0; i < n; i++) assert.equal(distances[0][i * n + i], 0);
    const rho = reference.density(d, n, k);
    assertClose(density, rho, 1e-5, "ρ");
    const delta = reference.separation(d, rho);
    const chosen = reference.centres(rho, delta, centres.length);
    const ordered = [...rho].sort((a, b) => a - b);
    const densitiesClear = ordered.every((v, i) => i === 0 || v > ordered[i - 1] * (1 + CLEAR));
    // Two densities that are equal in float32 may stand in either order, and δ jumps with it.
    if (densitiesClear) assertClose(separation, delta, 1e-5, "δ");
    if (densitiesClear && chosen.margin > CLEAR) assert.deepEqual([...centres], chosen.centres);
    const nearest = reference.assign(d, n, centres);
    labels.forEach((label, i) => {
      if (nearest.margins[i] > CLEAR) assert.equal(label, nearest.labels[i], `label of ${i}`);
    });
    assertClose(merged, reference.merge(x, dim, labels, centres.length), 1e-5, "merged");
  });
}

testEach("DPC-KNN of 3,136 tokens, 64 frames of ViT-B/32", async (backend) => {
  const n = 3136, dim = 24;
  const x = clusteredTokens(64, n, dim);
  const { distances, read } = await cluster(backend, [x], dim, 3);
  const [, , [centres], [labels]] = read;
  const d = reference.distances(x, dim);
  for (let i = 0; i < n; i += 97) {
    assertClose(distances[0].subarray(i * n, i * n + n), d.subarray(i * n, i * n + n), 1e-5, "d");
  }
  assert.equal(new Set(centres).size, n / 2);
  const nearest = reference.assign(d, n, centres);
  labels.forEach((label, i) => {
    if (nearest.margins[i] > CLEAR) assert.equal(label, nearest.labels[i], `label of ${i}`);
  });
});

testEach("near-identical tokens keep the digits of their distances", async (backend) => {
  // Copies of one frame with a faint noise: a Gram matrix in float32 loses these distances.
  const dim = 512, patches = 10, frames = 6;
  const frame = normals(1)(patches * dim);
  const noise = normals(2)(frames * patches * dim, 1e-3);
  const x = noise.map((v, at) => v + frame[at % frame.length]);
  const n = frames * patches;
  const { distances, read } = await cluster(backend, [x], dim, 3);
  const [[density], , [centres], [labels]] = read;
  const d = reference.distances(x, dim);
  distances[0].forEach((v, at) => {
    assert.ok(Math.abs(v - d[at]) <= 1e-5 * d[at], `d[${at}] ${v} ${d[at]}`);
  });
  assertClose(density, reference.density(d, n, 3), 1e-6, "ρ");
  const nearest = reference.assign(d, n, centres);
  labels.forEach((label, i) => {
    if (nearest.margins[i] > CLEAR) assert.equal(label, nearest.labels[i], `label of ${i}`);
  });
});

testEach("identical tokens are at distance 0 and ties go to the lowest index", async (backend) => {
  const dim = 512, n = 70;
  const token = normals(3)(dim);
  const x = Float32Array.from({ length: n * dim }, (_, at) => token[at % dim]);
  const { distances, read } = await cluster(backend, [x], dim, 3);
  const [[density], [separation], [centres], [labels]] = read;
  assert.ok(distances[0].every((v) => v === 0));
  assert.ok(density.every((v) => v === 1));
  assert.ok(separation.every((v) => v === 0));
  assert.deepEqual([...centres], Array.from({ length: 35 }, (_, i) => i));
  // A centre is its own; everything else joins the first of the equally near.
  assert.deepEqual([...labels], Array.from({ length: n }, (_, i) => i < 35 ? i : 0));
});

testEach("pairs of equal tokens: the first of a pair is the centre", async (backend) => {
  const dim = 32, pairs = 12;
  const half = normals(4)(pairs * dim);
  const x = new Float32Array(2 * half.length);
  x.set(half);
  x.set(half, half.length);
  const { read } = await cluster(backend, [x], dim, 2);
  const [[density], [separation]] = read;
  assert.ok(density.every((v) => v === 1));
  assert.equal(new Set(separation).size, 1);
  const [, , [centres], [labels]] = read;
  assert.deepEqual([...centres], Array.from({ length: pairs }, (_, i) => i));
  assert.deepEqual([...labels], Array.from({ length: 2 * pairs }, (_, i) => i % pairs));
});

testEach("merging weighs a cluster's tokens by exp(importance)", async (backend) => {
  const dim = 24, counts = [9, 40];
  const random = normals(5);
  const clips = counts.map((n) => random(n * dim));
  const scores = counts.map((n) => random(n));
  const clusters = [3, 11];
  const [labels, merged] = await backend.batch(async (kernels) => {
    const x = await kernels.upload(clips, dim);
    const distances = await kernels.distances(x);
    const density = await kernels.density(distances, 3);
    const separation = await kernels.separation(distances, density);
    const centres = await kernels.centres(density, separation, clusters);
    const labels = await kernels.assign(distances, centres);
    const importance = await kernels.upload(scores, 1);
    return await kernels.read(labels, await kernels.merge(x, labels, clusters, importance));
  });
  clips.forEach((x, b) => {
    const expected = reference.merge(x, dim, labels[b], clusters[b], scores[b]);
    assertClose(merged[b], expected, 1e-5, `clip ${b}`);
  });
});
