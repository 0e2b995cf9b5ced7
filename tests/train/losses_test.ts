import { numpy as np } from "@jax-js/jax";
import { contrastiveLoss, distillationLoss, rowDivergence } from "../../train/losses.ts";
import { assertClose } from "../kernels/close.ts";
import { tensor, traced, vectors } from "./traced.ts";

interface Losses {
  S: number[][];
  T: number[][];
  logit_scale: number;
  ce_t2v: number;
  ce_v2t: number;
  kl_S_T: number;
  kl_T_S: number;
}

Deno.test("losses.json: symmetric cross-entropy and the lineage's divergence", async () => {
  const v = await vectors<Losses>("losses");
  const size = v.S.length;
  const found = await traced({ s: tensor(v.S), t: tensor(v.T) }, ({ s, t }) => ({
    contrast: contrastiveLoss(s.ref, np.array(v.logit_scale)),
    tFromS: rowDivergence(t.ref, s.ref),
    sFromT: rowDivergence(s, t),
  }));
  const contrast = (v.ce_t2v + v.ce_v2t) / 2;
  assertClose(found.contrast, [contrast], 1e-5 * contrast);
  // There the mean is over all of B × B.
  assertClose(found.tFromS.map((x) => x / size ** 2), [v.kl_S_T], 1e-5 * v.kl_S_T);
  assertClose(found.sFromT.map((x) => x / size ** 2), [v.kl_T_S], 1e-5 * v.kl_T_S);
});

Deno.test("what whole videos learn from a path: both directions, the mean over B", async () => {
  const { S, T } = await vectors<Losses>("losses");
  const SCALE = 20;
  const softmax = (row: number[]) => {
    const powers = row.map((x) => Math.exp(SCALE * x));
    const sum = powers.reduce((a, b) => a + b);
    return powers.map((x) => x / sum);
  };
  const columns = (m: number[][]) => m[0].map((_, j) => m.map((row) => row[j]));
  const divergence = (a: number[][], b: number[][]) =>
    a.map((row, i) => {
      const [p, q] = [softmax(row), softmax(b[i])];
      return p.reduce((sum, x, j) => sum + x * Math.log(x / q[j]), 0);
    }).reduce((x, y) => x + y) / a.length;
  const rows = divergence(S, T);
  const both = (rows + divergence(columns(S), columns(T))) / 2;

  const found = await traced({ s: tensor(S), t: tensor(T) }, ({ s, t }) => {
    const settings = { klScaled: true, klDetached: true };
    return {
      rows: distillationLoss(s.ref, t.ref, np.array(SCALE), { ...settings, klDirections: "rows" }),
      both: distillationLoss(s, t, np.array(SCALE), { ...settings, klDirections: "both" }),
    };
  });
  assertClose(found.rows, [rows], 1e-5 * rows);
  assertClose(found.both, [both], 1e-5 * both);
});
