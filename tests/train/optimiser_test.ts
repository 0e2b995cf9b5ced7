import assert from "node:assert/strict";
import { numpy as np } from "@jax-js/jax";
import { schedule, update } from "../../train/optimiser.ts";
import { assertClose } from "../kernels/close.ts";
import { openTraced, type Tensor, tensor, vectors } from "./traced.ts";

interface BertAdam {
  p0: number[];
  q0: number[];
  lr_p: number;
  wd_p: number;
  lr_q: number;
  b1: number;
  b2: number;
  eps: number;
  t_total: number;
  warmup: number;
  schedule: number[];
  steps: { grad_p: number[]; grad_q: number[]; p: number[]; q: number[] }[];
}

Deno.test("bertadam.json: twenty steps with warm-up, decay on one of two tensors", async () => {
  const v = await vectors<BertAdam>("bertadam");
  v.schedule.forEach((share, step) =>
    assertClose([schedule(step, v.t_total, v.warmup)], [share], 1e-12, `schedule ${step}`)
  );
  const specs = {
    p: { shape: [3], init: { constant: 0 }, decay: true },
    q: { shape: [2], init: { constant: 0 }, decay: false },
  };
  const inputs: Record<string, Tensor> = {
    ...{ p: tensor(v.p0), q: tensor(v.q0), gp: tensor(v.p0), gq: tensor(v.q0) },
    ...{ mp: tensor([0, 0, 0]), mq: tensor([0, 0]), vp: tensor([0, 0, 0]), vq: tensor([0, 0]) },
    ...{ rp: tensor(0), rq: tensor(0) },
  };
  const step = await openTraced(inputs, (a) => {
    const next = update(
      {
        parameters: { p: a.p, q: a.q },
        first: { p: a.mp, q: a.mq },
        second: { p: a.vp, q: a.vq },
      },
      { p: a.gp, q: a.gq },
      specs,
      {
        optimiser: "bert-adam",
        betas: [v.b1, v.b2],
        epsilon: v.eps,
        weightDecay: v.wd_p,
        clipNorm: 1,
      },
      (name) => name === "p" ? a.rp.ref : a.rq.ref,
      [np.array(1), np.array(1)],
    );
    const { parameters, first, second } = next;
    return {
      ...{ np: parameters.p, nq: parameters.q, nmp: first.p, nmq: first.q },
      ...{ nvp: second.p, nvq: second.q },
    };
  });
  const state: Record<string, Float32Array> = Object.fromEntries(
    ["p", "q", "mp", "mq", "vp", "vq"].map((name) => [name, inputs[name].data]),
  );
  assert.equal(v.steps.length, 20);
  for (const [i, { grad_p, grad_q, p, q }] of v.steps.entries()) {
    const share = schedule(i, v.t_total, v.warmup);
    const next = await step({
      ...state,
      gp: Float32Array.from(grad_p),
      gq: Float32Array.from(grad_q),
      rp: Float32Array.of(share * v.lr_p),
      rq: Float32Array.of(share * v.lr_q),
    });
    for (const name of Object.keys(state)) state[name] = next[`n${name}`];
    assertClose(state.p, p, 1e-6, `p after step ${i}`);
    assertClose(state.q, q, 1e-6, `q after step ${i}`);
  }
});

Deno.test("AdamW clips all gradients together and corrects its moments", async () => {
  const inputs = { p: tensor([1, 2]), gp: tensor([3, 0]), q: tensor([5]), gq: tensor([4]) };
  const run = await openTraced(inputs, ({ p, gp, q, gq }) => {
    const zeros = () => ({ p: np.zeros([2]), q: np.zeros([1]) });
    const specs = {
      p: { shape: [2], init: { constant: 0 }, decay: true },
      q: { shape: [1], init: { constant: 0 }, decay: false },
    };
    const { parameters, first } = update(
      { parameters: { p, q }, first: zeros(), second: zeros() },
      { p: gp, q: gq },
      specs,
      { optimiser: "adamw", betas: [0.9, 0.98], epsilon: 0, weightDecay: 0.1, clipNorm: 1 },
      () => np.array(0.01),
      [np.array(1 - 0.9), np.array(1 - 0.98)],
    );
    return { np: parameters.p.slice([0, 1]), nq: parameters.q, mp: first.p, mq: first.q };
  });
  const { np: p, nq: q, mp, mq } = await run();
  // The norm of (3, 0, 4) is 5, so a fifth of each gradient is left; a corrected first step is 1.
  assertClose(mp, [0.1 * 3 / 5, 0], 1e-6);
  assertClose(mq, [0.1 * 4 / 5], 1e-6);
  assertClose(p, [1 - 0.01 * (1 + 0.1 * 1)], 1e-5);
  assertClose(q, [5 - 0.01], 1e-5);
});

/** U·diag(values)·Vᵀ, of orthogonal columns, or its transpose. */
function matrixOf(values: readonly number[], wide: boolean): number[][] {
  const u = [[0.6, -0.8], [0.8, 0.6], [0, 0]], v = [[0, 1], [1, 0]];
  const upright = u.map((row) =>
    v.map((column) => row.reduce((sum, x, k) => sum + x * values[k] * column[k], 0))
  );
  return wide ? [0, 1].map((c) => upright.map((row) => row[c])) : upright;
}

for (const wide of [false, true]) {
  Deno.test(`Muon moves a ${wide ? "wide" : "high"} matrix by its momentum at singular values of 1`, async () => {
    const shape = wide ? [2, 3] : [3, 2];
    const start = matrixOf([5, -6], wide);
    const inputs = {
      // Momentum and gradient have the same singular vectors and other values.
      ...{
        w: tensor(start),
        gw: tensor(matrixOf([8, 1], wide)),
        mw: tensor(matrixOf([1, 4], wide)),
      },
      ...{ b: tensor([5]), gb: tensor([4]) },
    };
    const run = await openTraced(inputs, ({ w, gw, mw, b, gb }) => {
      const { parameters, first } = update(
        {
          parameters: { w, b },
          first: { w: mw, b: np.zeros([1]) },
          second: { w: np.zeros(shape), b: np.zeros([1]) },
        },
        { w: gw, b: gb },
        {
          w: { shape, init: { constant: 0 }, decay: true },
          b: { shape: [1], init: { constant: 0 }, decay: false },
        },
        { optimiser: "muon", betas: [0.9, 0.98], epsilon: 0, weightDecay: 0.1, clipNorm: 1e9 },
        () => np.array(0.01),
        [np.array(1 - 0.9), np.array(1 - 0.98)],
      );
      return { nw: parameters.w, nmw: first.w, nb: parameters.b };
    });
    const { nw, nmw, nb } = await run();
    assertClose(nmw, matrixOf([0.9 * 1 + 0.8, 0.9 * 4 + 0.1], wide).flat(), 1e-5);
    assertClose(nb, [5 - 0.01], 1e-5); // as AdamW moves it
    const moved = [...nw].map((value, i) => (start.flat()[i] * (1 - 0.01 * 0.1) - value) / 0.01);
    const scale = 0.2 * Math.sqrt(3);
    // Seen along the singular vectors: two values near 1, nothing elsewhere.
    const along = (values: readonly number[]) =>
      matrixOf(values, wide).flat().reduce((sum, x, i) => sum + x * moved[i], 0) / scale;
    const [one, other] = [along([1, 0]), along([0, 1])];
    assert(Math.abs(one - 1) < 0.35 && Math.abs(other - 1) < 0.35, `${one} ${other}`);
    const rest = Math.hypot(...moved) ** 2 / scale ** 2 - one ** 2 - other ** 2;
    assert(Math.abs(rest) < 1e-3, `${rest}`);
  });
}
