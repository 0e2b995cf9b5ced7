// How long does the first stage of a query take over 300,000 clips, and HVD's over 10,000?
import { openBackend } from "../../kernels/open.ts";
import { identityHeads } from "../../models/hvd/heads.ts";
import { Scorer } from "../../models/hvd/scorer.ts";
import { rate } from "./rate.ts";
import { DIM, noise } from "./tokens.ts";

const CLIPS = 300_000;
const scorer = new Scorer(await openBackend("cpu"), identityHeads(DIM));
const matrix = new Float32Array(CLIPS * DIM);
const some = noise(1_000 * DIM, DIM ** -0.5);
for (let at = 0; at < matrix.length; at += some.length) matrix.set(some, at);
const sentence = noise(DIM, DIM ** -0.5);
const scores = await scorer.coarse(sentence, matrix);

const group = `${CLIPS} clips of ${DIM}`;
const flop = 2 * matrix.length;
rate({ name: "inner products", group, flop, n: 5 }, (timed) => {
  return timed(() => scorer.coarse(sentence, matrix));
});
rate({ name: "the highest 100", group, flop: CLIPS, n: 20 }, (timed) => {
  return timed(() => Promise.resolve(Scorer.highest(scores, 100)));
});

const SPOTTABLE = 10_000, FRAMES = 12;
const rows = {
  units: matrix.subarray(0, SPOTTABLE * FRAMES * DIM),
  weights: new Float32Array(SPOTTABLE * FRAMES).fill(1 / FRAMES),
  counts: new Uint32Array(SPOTTABLE).fill(FRAMES),
};
rate({
  name: "frames that a sentence spots",
  group: `${SPOTTABLE} clips of ${FRAMES} × ${DIM}`,
  flop: 2 * rows.units.length,
  n: 10,
}, (timed) => timed(() => scorer.spotFrames(sentence, rows)));
