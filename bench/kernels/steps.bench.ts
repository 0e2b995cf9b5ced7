// How fast is each kernel, next to a plain product of the same size on its device?
import type { Kernels, Rows } from "../../kernels/backend.ts";
import { DEVICES, flopOf } from "./devices.ts";
import { rate } from "./rate.ts";
import { DIM, noise, noiseHeads, patchTokens } from "./tokens.ts";

const N = 588, M = 294, K = 3;
/** FFSM keeps 6 of 12 frames; N rows are the frames of 49 clips. */
const FRAMES = 12, KEPT = 6, CLIPS = N / FRAMES;
const round = noiseHeads().rounds![0];
const tokens = patchTokens(N);
const scores = noise(N);
const sentence = noise(DIM);
const clips = Array.from(
  { length: CLIPS },
  (_, b) => tokens.subarray(b * FRAMES * DIM, (b + 1) * FRAMES * DIM),
);

for (const { name, repeats, gemm, step: run } of DEVICES) {
  const group = `${name}, ${N} tokens of ${DIM}`;
  const step = (
    title: string,
    flop: number,
    prepare: (kernels: Kernels, x: Rows) => Promise<() => Promise<unknown>>,
  ) => {
    rate({ name: title, group, flop, repeats }, (timed) => {
      return run(
        async (kernels) => await prepare(kernels, await kernels.upload([tokens], DIM)),
        timed,
      );
    });
  };
  const square = { rows: N, depth: DIM, columns: N };
  const product = await gemm(square);
  const title = `GEMM ${N} × ${DIM} × ${N}`;
  rate({ name: title, group, flop: flopOf(square), baseline: true, repeats }, (timed) => {
    return timed(product);
  });

  step("linear", flopOf({ rows: N, depth: DIM, columns: DIM }), (k, x) => {
    return Promise.resolve(() => k.linear(x, round.attention.query));
  });
  step("convolve and norm", flopOf({ rows: N, depth: 3 * DIM, columns: DIM }), (k, x) => {
    return Promise.resolve(() => k.convolve(x, round.convolution, round.norm));
  });
  step("distances", flopOf(square), (k, x) => Promise.resolve(() => k.distances(x)));
  step("density", N * N * K, async (k, x) => {
    const d = await k.distances(x);
    return () => k.density(d, K);
  });
  step("separation", N * N, async (k, x) => {
    const d = await k.distances(x);
    const rho = await k.density(d, K);
    return () => k.separation(d, rho);
  });
  step("centres", N * N, async (k, x) => {
    const d = await k.distances(x);
    const rho = await k.density(d, K);
    const delta = await k.separation(d, rho);
    return () => k.centres(rho, delta, [M]);
  });
  step("assign", M * N, async (k, x) => {
    const d = await k.distances(x);
    const rho = await k.density(d, K);
    const centres = await k.centres(rho, await k.separation(d, rho), [M]);
    return () => k.assign(d, centres);
  });
  step("merge", 2 * N * DIM, async (k, x) => {
    const d = await k.distances(x);
    const rho = await k.density(d, K);
    const centres = await k.centres(rho, await k.separation(d, rho), [M]);
    const labels = await k.assign(d, centres);
    const importance = await k.upload([scores], 1);
    return () => k.merge(x, labels, [M], importance);
  });
  const attention = [
    { rows: M, depth: DIM, columns: DIM, batch: 2 },
    { rows: N, depth: DIM, columns: 2 * DIM },
    { rows: M, depth: DIM, columns: N, batch: 2 },
  ].reduce((sum, shape) => sum + flopOf(shape), 0);
  step("attend, with its linear layers", attention, async (k, x) => {
    const merged = await k.upload([tokens.subarray(0, M * DIM)], DIM);
    const importance = await k.upload([scores], 1);
    return () => k.attend(merged, x, importance, round.attention);
  });
  step("unit and pool", 5 * N * DIM, async (k, x) => {
    const weights = await k.weigh(x);
    return async () => await k.pool(await k.unit(x), weights);
  });
  step(`cosine of a sentence and ${CLIPS} × ${FRAMES} frames`, 4 * N * DIM, async (k) => {
    const frames = await k.upload(clips, DIM);
    return () => k.cosine(sentence, frames);
  });
  step(`top ${KEPT} of ${CLIPS} × ${FRAMES} frames`, N * FRAMES, async (k) => {
    const cosines = await k.cosine(sentence, await k.upload(clips, DIM));
    const keep = clips.map(() => KEPT);
    return () => k.top(cosines, keep);
  });
}
