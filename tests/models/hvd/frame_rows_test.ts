import assert from "node:assert/strict";
import { frameRows, nearestSimilarity, spottedSimilarity } from "../../../models/hvd/frame_rows.ts";
import { Random } from "../../../world/random.ts";

const DIM = 3;

Deno.test("frames lie one behind the other at length 1, what is nothing stays so", () => {
  const rows = frameRows([
    { frames: Float16Array.of(3, 4, 0, 0, 0, 0), frameWeights: Float32Array.of(0.25, 0.75) },
    { frames: new Float32Array(), frameWeights: new Float32Array() },
    { frames: Float32Array.of(0, 0, 2), frameWeights: Float32Array.of(1) },
  ], DIM);
  assert.deepEqual([...rows.counts], [2, 0, 1]);
  assert.deepEqual([...rows.weights], [0.25, 0.75, 1]);
  assert.deepEqual(rows.units, Float32Array.of(0.6, 0.8, 0, 0, 0, 0, 0, 0, 1));
});

Deno.test("the spotted frames of a clip are its best, weighed among themselves", () => {
  const random = new Random("frames");
  for (const ratio of [0.1, 0.25, 0.5, 1]) {
    const clips = Array.from({ length: 30 }, () => {
      const count = 1 + random.below(16);
      // Coarse, so that some are equal.
      const cosines = Array.from({ length: count }, () => random.below(8) / 8 - 0.5);
      return { cosines, weights: cosines.map(() => random.between(0.1, 1)) };
    });
    const found = spottedSimilarity(Float32Array.from(clips.flatMap((clip) => clip.cosines)), {
      units: new Float32Array(),
      weights: Float32Array.from(clips.flatMap((clip) => clip.weights)),
      counts: Uint32Array.from(clips, (clip) => clip.cosines.length),
    }, ratio);
    clips.forEach(({ cosines, weights }, i) => {
      const best = [...cosines.keys()].sort((a, b) => cosines[b] - cosines[a] || a - b)
        .slice(0, Math.ceil(ratio * cosines.length));
      const sum = (of: (frame: number) => number) =>
        best.reduce((total, frame) => total + of(frame), 0);
      const expected = sum((f) => weights[f] * cosines[f]) / sum((f) => weights[f]);
      assert.ok(Math.abs(found[i] - expected) < 1e-5, `${found[i]} is not ${expected}`);
    });
  }
});

Deno.test("a clip without frames, or whose spotted frames weigh nothing, is like no text", () => {
  const rows = {
    units: new Float32Array(),
    weights: Float32Array.of(1, 0, 1),
    counts: Uint32Array.of(0, 2, 1),
  };
  const cosines = Float32Array.of(0.1, 0.9, 0.5);
  assert.deepEqual(spottedSimilarity(cosines, rows, 0.5), Float32Array.of(0, 0, 0.5));
  const nearest = nearestSimilarity(cosines, rows);
  assert.deepEqual(nearest, Float32Array.of(-Infinity, 0.9, 0.5));
});
