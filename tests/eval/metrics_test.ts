import assert from "node:assert/strict";
import {
  type Metrics,
  metricsOf,
  textToVideo,
  textToVideoRanks,
  videoToText,
  videoToTextRanks,
} from "../../eval/metrics.ts";
import { pairedMatrix } from "../../eval/similarity_matrix.ts";
import vectors from "../vectors/metrics.json" with { type: "json" };

const values = (rows: number[][]) => Float32Array.from(rows.flat());

/** What the reference prints, in single precision for some. */
function agree(found: Metrics, expected: Record<string, unknown>): void {
  const reference = expected as { R1: number; R5: number; R10: number; MeanR: number };
  assert.ok(Math.abs(found.r1 - reference.R1) < 1e-5);
  assert.ok(Math.abs(found.r5 - reference.R5) < 1e-5);
  assert.ok(Math.abs(found.r10 - reference.R10) < 1e-5);
  assert.ok(Math.abs(found.meanRank - reference.MeanR) < 1e-5);
  assert.equal(found.medianRank, expected.MedianR ?? expected.MedR);
  assert.equal(found.rSum, found.r1 + found.r5 + found.r10);
}

Deno.test("pairs are ranked as the reference ranks them", () => {
  const matrix = pairedMatrix(values(vectors.sim), [40, 40]);
  agree(textToVideo(matrix), vectors.t2v);
  agree(videoToText(matrix), vectors.v2t);
  assert.deepEqual([...textToVideoRanks(matrix)], vectors.t2v.cols.map((rank) => rank + 1));
  assert.deepEqual([...videoToTextRanks(matrix)], vectors.v2t.cols.map((rank) => rank + 1));
});

Deno.test("several captions of a video are queries each, and one of them is enough to find", () => {
  const { caps_per_video: captions, sim, t2v, v2t } = vectors.multi;
  const matrix = {
    queries: 12,
    videos: 6,
    values: values(sim),
    videoOf: Int32Array.from(captions.flatMap((count, video) => Array(count).fill(video))),
  };
  agree(textToVideo(matrix), t2v);
  agree(videoToText(matrix), v2t);
  agree(textToVideo(matrix), vectors.multi.xpool_t2v);
  agree(videoToText(matrix), vectors.multi.xpool_v2t);
  assert.deepEqual([...videoToTextRanks(matrix)], v2t.cols.map((rank) => rank + 1));
});

Deno.test("a query counts once, and among ties has the middle place, or the best", () => {
  const { sim_ties: rows } = vectors;
  const matrix = pairedMatrix(values(rows), [40, 40]);
  const mean = textToVideoRanks(matrix), best = textToVideoRanks(matrix, "best");
  assert.equal(mean.length, 40);
  rows.forEach((row, q) => {
    const higher = row.filter((score) => score > row[q]).length;
    const same = row.filter((score) => score === row[q]).length;
    assert.equal(mean[q], higher + (same + 1) / 2);
    assert.equal(best[q], higher + 1);
  });
  const alike = textToVideo(pairedMatrix(new Float32Array(9), [3, 3]));
  assert.deepEqual([alike.r1, alike.medianRank, alike.meanRank], [0, 2, 2]);
});

Deno.test("a video that no caption describes is a distractor, and looks for nothing", () => {
  const matrix = {
    queries: 2,
    videos: 3,
    values: values([[3, 1, 2], [1, 2, 3]]),
    videoOf: Int32Array.of(0, 1),
  };
  assert.deepEqual([...videoToTextRanks(matrix)], [1, 1, NaN]);
  assert.equal(videoToText(matrix).r1, 100);
  assert.equal(textToVideo(matrix).meanRank, 1.5);
});

Deno.test("what cannot be ranked is refused", () => {
  assert.throws(() => pairedMatrix(new Float32Array(6), [2, 3]), RangeError);
  assert.throws(
    () => pairedMatrix(Float32Array.of(1, 2, NaN, 4), [2, 2]),
    new RangeError("Cannot rank: the similarity of query 1 and video 0 is not a number"),
  );
  const stray = { queries: 1, videos: 1, values: Float32Array.of(1), videoOf: Int32Array.of(1) };
  assert.throws(() => textToVideo(stray), /query 0 describes video 1 of 1/);
});

Deno.test("the median of an even number of ranks is the mean of the middle two", () => {
  assert.equal(metricsOf([1, 2, 3, 10]).medianRank, 2.5);
});
