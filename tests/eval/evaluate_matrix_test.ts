import assert from "node:assert/strict";
import { evaluateMatrix } from "../../eval/evaluate_matrix.ts";
import { textToVideo, videoToText } from "../../eval/metrics.ts";
import { qbNorm } from "../../eval/qb_norm.ts";
import { pairedMatrix } from "../../eval/similarity_matrix.ts";
import { transposed } from "../../eval/transposed.ts";
import metrics from "../vectors/metrics.json" with { type: "json" };
import postproc from "../vectors/postproc.json" with { type: "json" };

Deno.test("both directions are those of the matrix and of its transpose", () => {
  const matrix = pairedMatrix(Float32Array.from(metrics.sim.flat()), [40, 40]);
  const turned = pairedMatrix(transposed(matrix.values, 40, 40), [40, 40]);
  const figures = evaluateMatrix(matrix), back = evaluateMatrix(turned);
  assert.deepEqual(figures.textToVideo, textToVideo(matrix));
  assert.deepEqual(figures.videoToText, videoToText(matrix));
  assert.deepEqual(figures.videoToText, back.textToVideo);
  assert.deepEqual(
    figures.withOtherQueries.dualSoftmax.videoToText,
    back.withOtherQueries.dualSoftmax.textToVideo,
  );
  assert.deepEqual(
    figures.withOtherQueries.qbNorm.videoToText,
    back.withOtherQueries.qbNorm.textToVideo,
  );
});

Deno.test("figures of post-processing are apart from those without", () => {
  const matrix = pairedMatrix(Float32Array.from(postproc.sim.flat()), [40, 40]);
  const { textToVideo: plain, withOtherQueries } = evaluateMatrix(matrix);
  const { dualSoftmax: dsl, qbNorm: normalised } = withOtherQueries;
  assert.deepEqual(plain, textToVideo(matrix));
  const of = (values: Float32Array) => textToVideo(pairedMatrix(values, [40, 40]));
  assert.deepEqual(dsl.textToVideo, of(Float32Array.from(postproc.dsl_T100.flat())));
  const bank = { values: matrix.values, queries: 40 };
  assert.deepEqual(normalised.textToVideo, of(qbNorm(matrix.values, 40, bank)));
});

Deno.test("ties are at the best place as in published figures, and at their mean beside", () => {
  const { textToVideo: best, meanOfTies } = evaluateMatrix(
    pairedMatrix(Float32Array.from(metrics.sim_ties.flat()), [40, 40]),
  );
  assert.ok(best.r1 > meanOfTies.textToVideo.r1);
  assert.ok(best.meanRank < meanOfTies.textToVideo.meanRank);
});
