import assert from "node:assert/strict";
import {
  candidatePositions,
  samplePositions,
  uniformPositions,
} from "../../../pipeline/decode/sampling.ts";
import vectors from "../../vectors/frame_sampling.json" with { type: "json" };

Deno.test("uniform positions are CLIP4Clip's", () => {
  for (const [total, { linspace12 }] of Object.entries(vectors.uniform)) {
    assert.deepEqual(uniformPositions(Number(total), 12), linspace12);
  }
});

Deno.test("candidates at one a second, then uniform, are HBI's positions", () => {
  for (const { fps, num_frames, pos } of vectors.hbi) {
    const times = Float64Array.from({ length: num_frames }, (_, i) => 3 + i / fps);
    assert.deepEqual(samplePositions(times, 12, 1), pos);
  }
});

Deno.test("candidates of a variable rate are even in time and none comes twice", () => {
  // Ten frames in the first second, then one every two seconds.
  const times = Float64Array.from([...Array(10).keys()].map((i) => i / 10).concat(2, 4, 6, 8, 10));
  const positions = candidatePositions(times, 1);
  assert.deepEqual([...new Set(positions)], positions);
  assert(positions.length >= 6);
  assert.equal(positions.at(-1), 14);
});

Deno.test("a rate or count that is no such number is refused", () => {
  assert.throws(() => candidatePositions(new Float64Array(3), 0), RangeError);
  assert.throws(() => uniformPositions(5, 0), RangeError);
  assert.throws(() => uniformPositions(5.5, 2), RangeError);
});
