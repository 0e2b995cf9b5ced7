/**
 * HVD at query time: FFSM over 12 frames and PFCM over the patches of the 6 that it keeps, for 100
 * candidates, with trained heads (of noise) and without: in the workers that a search has, and all
 * in one thread whose products are shared by the cores.
 *
 * @module
 */
import { openBackend } from "../../kernels/open.ts";
import { loadHeads } from "../../models/hvd/heads.ts";
import { Scorer } from "../../models/hvd/scorer.ts";
import { Spotters } from "../../pipeline/search/spotters.ts";
import { writeHeads } from "../../tests/models/hvd/random_heads.ts";
import { DIM, noise, patchTokens } from "./tokens.ts";

const FRAMES = 12;
const PATCHES = 49 * FRAMES;
const WORDS = 9;
const ROUNDS = 3;
/** Clips that a worker gets at once, as in a search. */
const PORTION = 8;

const clips = Array.from({ length: 100 }, () => ({
  frames: new Float16Array(noise(FRAMES * DIM)),
  patches: new Float16Array(patchTokens(PATCHES)),
}));
const portions = Array.from(
  { length: Math.ceil(clips.length / PORTION) },
  (_, i) => clips.slice(i * PORTION, (i + 1) * PORTION),
);
const text = {
  sentence: noise(DIM),
  words: noise(WORDS * DIM),
  wordCount: WORDS,
  pieces: [],
  truncated: false,
};
const folder = await Deno.makeTempDir({ prefix: "fovea-bench-" });
await writeHeads(folder, DIM, ROUNDS);
addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));

for (const [name, modelDir] of [["trained", folder], ["none", `${folder}/none`]]) {
  const scorer = new Scorer(await openBackend("cpu"), await loadHeads(modelDir, DIM));
  const query = await scorer.prepare(text);
  const spotters = await Spotters.open(modelDir, DIM);
  const group = `hvd, heads: ${name}`;
  Deno.bench(`100 candidates, workers, heads: ${name}`, { group, n: 5, warmup: 1 }, async () => {
    const left = portions.values();
    const spotNext = async () => {
      for (const portion of left) {
        // The patches are transferred: each run has its own.
        await spotters.spot(query, portion.map((c) => ({ ...c, patches: c.patches.slice() })));
      }
    };
    await Promise.all(Array.from({ length: spotters.size + 1 }, spotNext));
  });
  Deno.bench(`100 candidates, one thread, heads: ${name}`, { group, n: 5, warmup: 1 }, async () => {
    await scorer.spot(query, clips);
  });
}
