import assert from "node:assert/strict";
import { dualSoftmax } from "../../eval/dual_softmax.ts";
import { qbNorm } from "../../eval/qb_norm.ts";
import vectors from "../vectors/postproc.json" with { type: "json" };

const values = (rows: number[][]) => Float32Array.from(rows.flat());

function near(found: Float32Array, expected: number[][]): void {
  expected.flat().forEach((value, i) => {
    assert.ok(Math.abs(found[i] - value) < 1e-5, `${i}: expected ${value} but found ${found[i]}`);
  });
}

Deno.test("dual softmax is that of UATVR and T-MASS", () => {
  const sim = values(vectors.sim);
  near(dualSoftmax(sim, 40, 40, 100), vectors.dsl_T100);
  // UATVR multiplies by the number of queries, which changes no rank.
  near(dualSoftmax(sim, 40, 40, 1).map((value) => value * 40), vectors.dsl_T1);
});

Deno.test("dual softmax of large scores stays finite", () => {
  const scores = Float32Array.of(500, 400, 300, 600);
  assert.deepEqual([...dualSoftmax(scores, 2, 2)], [500, 0, 0, 600]);
});

Deno.test("QB-Norm is the reference's dynamic inverted softmax", () => {
  const bank = { values: values(vectors.train_test), queries: 30 };
  const found = qbNorm(values(vectors.sim), 40, bank);
  near(found, vectors.qbnorm_k1_beta20);
});

Deno.test("QB-Norm leaves a query alone whose best candidate is no hub", () => {
  const bank = { values: Float32Array.of(0, 1), queries: 1 };
  const [kept, other, ...normalised] = qbNorm(Float32Array.of(0.75, 0.5, 0, 0.5), 2, bank);
  assert.deepEqual([kept, other], [0.75, 0.5]);
  const expected = [1, Math.exp(20 * 0.5) / Math.exp(20)];
  normalised.forEach((value, i) => assert.ok(Math.abs(value - expected[i]) < 1e-6));
});
