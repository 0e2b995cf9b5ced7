import assert from "node:assert/strict";
import { openBackend } from "../../../kernels/open.ts";
import { readClipConfig } from "../../../models/clip/config.ts";
import { type Heads, loadHeads } from "../../../models/hvd/heads.ts";
import { Reducer } from "../../../models/hvd/reducer.ts";
import type { Explanation } from "../../../pipeline/search/explanation.ts";
import { Searcher } from "../../../pipeline/search/searcher.ts";
import { normals } from "../../kernels/random.ts";
import { writeHeads } from "../../models/hvd/random_heads.ts";
import { sampleClip } from "../../store/sample_clips.ts";
import { emptyIndex, tinyModel } from "./empty_index.ts";

/** Frames of each clip. */
const FRAMES = [1, 5, 8];

/** An index of clips of noise. */
async function indexOfNoise(mode: Heads["mode"] | null, keepPatches: boolean) {
  const home = await tinyModel();
  const { dim, vision } = await readClipConfig(`${home}/config.json`);
  if (mode) await writeHeads(home, dim, 2, mode);
  const heads = await loadHeads(home, dim);
  const { name, fingerprint } = heads;
  const made = await emptyIndex(
    home,
    mode && { name: name!, fingerprint: fingerprint! },
    keepPatches,
  );
  const backend = await openBackend("cpu");
  const random = normals(7);
  const patchesPerFrame = vision.patches;
  const clips = FRAMES.map((frameCount) => ({
    ...{ frameCount, patchesPerFrame, dim },
    frames: random(frameCount * dim, 1),
    patches: random(frameCount * patchesPerFrame * dim, 1),
  }));
  const reduced = await new Reducer(backend, heads).reduce(clips);
  backend.destroy();
  await made.options.store.upsert(
    clips.map(({ frameCount, frames, patches }, i) =>
      sampleClip(`noise${i}`, 0, 1, {
        ...reduced[i],
        times: Float64Array.from({ length: frameCount }, (_, frame) => frame),
        frames: new Float16Array(frames),
        entities: new Float16Array(reduced[i].entities),
        patches: keepPatches ? new Float16Array(patches) : null,
      })
    ),
  );
  return { made, heads, patchesPerFrame };
}

/** S_wp of what an explanation shows (eq. 1). */
function wordPatchOf({ words, entityWeights }: Explanation): number {
  const byWord = words.reduce((sum, { weight, cosines }) => sum + weight * Math.max(...cosines), 0);
  const byToken = entityWeights.reduce(
    (sum, weight, m) => sum + weight * Math.max(...words.map(({ cosines }) => cosines[m])),
    0,
  );
  return (byWord + byToken) / 2;
}

for (
  const [name, mode, keepPatches, counted] of [
    ["skrr", "skrr", true, ["sentenceFrame", "sentencePatch", "wordPatch"]],
    ["hvd", "hvd", true, ["sentenceFrame", "wordPatch"]],
    ["hvd of an index without patches", "hvd", false, ["sentenceFrame"]],
    ["a model without heads", null, false, ["sentenceFrame"]],
  ] as const
) {
  Deno.test({
    name: `what is explained adds up to the score of the search: ${name}`,
    // Native addons keep threads and files for as long as the process lives.
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => {
      const { made, heads, patchesPerFrame } = await indexOfNoise(mode, keepPatches);
      await using _made = made;
      await using searcher = await Searcher.open(made.options);
      const { moments } = await searcher.search({ texts: ["a red dog"] });
      assert.equal(moments.length, FRAMES.length);
      for (const { clip, score, similarities } of moments) {
        const explained = await searcher.explain(clip, "a red dog");
        assert.deepEqual(explained.counted, counted);
        assert(Math.abs(explained.score - score) < 1e-5, `${explained.score} for ${score}`);
        for (const key of counted.filter((key) => similarities[key] !== null)) {
          assert(Math.abs(explained.similarities[key]! - similarities[key]!) < 1e-5, key);
        }

        const frames = explained.times.length;
        const kept = explained.kept.flatMap((it, frame) => it ? [frame] : []);
        assert.equal(kept.length, Math.ceil(heads.parameters.spotRatio * frames));
        const spots = mode === "hvd" && keepPatches;
        assert.deepEqual(explained.clustered, spots ? kept : [...Array(frames).keys()]);
        assert.equal(explained.similarities.sentencePatch === null, spots);
        for (const { cluster, importance } of explained.rounds) {
          assert.equal(cluster.length, explained.clustered.length * patchesPerFrame);
          assert.equal(importance?.length, mode ? cluster.length : undefined);
        }
        // The words' matches and the weights that are shown make the similarity beside them.
        assert(Math.abs(wordPatchOf(explained) - explained.similarities.wordPatch!) < 1e-3);
        const weights = [...explained.frameWeights];
        assert(Math.abs(weights.reduce((sum, weight) => sum + weight) - 1) < 1e-5);
        if (mode === "hvd") assert.deepEqual(weights.flatMap((it, f) => it > 0 ? [f] : []), kept);
      }
    },
  });
}
