/**
 * HVD at query time: FFSM over 12 frames and PFCM over the patches of the 6 that it keeps, for 100
 * candidates, with trained heads (of noise) and without.
 *
 * @module
 */
import { openBackend } from "../../kernels/open.ts";
import { identityHeads } from "../../models/hvd/heads.ts";
import { Scorer } from "../../models/hvd/scorer.ts";
import { DIM, noise, noiseHeads, patchTokens } from "./tokens.ts";

const FRAMES = 12;
const PATCHES = 49 * FRAMES;
const WORDS = 9;

const clips = Array.from({ length: 100 }, () => ({
  frames: new Float16Array(noise(FRAMES * DIM)),
  patches: new Float16Array(patchTokens(PATCHES)),
}));
const text = {
  sentence: noise(DIM),
  words: noise(WORDS * DIM),
  wordCount: WORDS,
  pieces: [],
  truncated: false,
};

for (const [name, heads] of [["trained", noiseHeads()], ["none", identityHeads(DIM)]] as const) {
  const scorer = new Scorer(await openBackend("cpu"), heads);
  const query = await scorer.prepare(text);
  Deno.bench(`spot 100 candidates, heads: ${name}`, { group: "hvd", n: 3, warmup: 1 }, async () => {
    await scorer.spot(query, clips);
  });
}
