// How long does a clip take to reduce, and how does that compare with its matrix products alone?
import { clustersOf } from "../../models/hvd/pfcm.ts";
import { identityHeads } from "../../models/hvd/heads.ts";
import { Reducer } from "../../models/hvd/reducer.ts";
import { DEVICES, flopOf, type Shape } from "./devices.ts";
import { rate } from "./rate.ts";
import { DIM, noise, noiseHeads, patchTokens } from "./tokens.ts";

const trained = noiseHeads();
const { attentionHeads, keepRatio } = trained.parameters;

/** The products of a round from `n` tokens to `m`. */
function productsOf(n: number, m: number): Shape[] {
  const head = DIM / attentionHeads;
  return [
    { rows: n, depth: 3 * DIM, columns: DIM }, // convolution
    { rows: n, depth: DIM, columns: n }, // distances
    { rows: m, depth: DIM, columns: DIM }, // query
    { rows: n, depth: DIM, columns: 2 * DIM }, // key and value
    { rows: m, depth: head, columns: n, batch: attentionHeads }, // logits
    { rows: m, depth: n, columns: head, batch: attentionHeads }, // mixture
    { rows: m, depth: DIM, columns: DIM }, // projection
  ];
}

for (const frameCount of [6, 12]) {
  const clip = {
    frameCount,
    patchesPerFrame: 49,
    dim: DIM,
    frames: noise(frameCount * DIM),
    patches: patchTokens(frameCount * 49),
  };
  const shapes: Shape[] = [];
  let n = frameCount * 49;
  for (let r = 0; r < 3; r++) {
    const m = clustersOf(n, keepRatio);
    shapes.push(...productsOf(n, m));
    n = m;
  }
  const flop = shapes.reduce((sum, shape) => sum + flopOf(shape), 0);
  for (const { name, backend, gemm, repeats } of DEVICES) {
    const group = `${name}, ${frameCount * 49} tokens to ${n}`;
    const products = await Promise.all(shapes.map(gemm));
    rate({ name: "the matrix products alone", group, flop, repeats, baseline: true }, (timed) => {
      return timed(async () => {
        for (const product of products) await product();
      });
    });
    const reducer = new Reducer(backend, trained);
    rate({ name: "three rounds", group, flop }, (timed) => timed(() => reducer.reduce([clip])));
    const plain = new Reducer(backend, identityHeads(DIM));
    rate(
      { name: "three rounds of plain clustering", group, flop },
      (timed) => timed(() => plain.reduce([clip])),
    );
  }
}
