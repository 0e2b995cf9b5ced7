import assert from "node:assert/strict";
import { join } from "node:path";
import type { CaptionedVideos } from "../../data/captioned_videos.ts";
import { scoreFeatures, type ScoreOptions } from "../../eval/score_features.ts";
import type { SimilarityMatrix } from "../../eval/similarity_matrix.ts";
import { computeFeatures } from "../../features/compute_features.ts";
import { openBackend } from "../../kernels/open.ts";
import { loadHeads } from "../../models/hvd/heads.ts";
import { Scorer } from "../../models/hvd/scorer.ts";
import { resolveModel } from "../../models/registry.ts";
import { openIndex } from "../../mod.ts";
import { sampleData } from "../features/sample_data.ts";
import { modelWithHeads } from "./model_with_heads.ts";

const home = await Deno.makeTempDir();
globalThis.addEventListener("unload", () => Deno.removeSync(home, { recursive: true }));
const model = await resolveModel(await modelWithHeads(join(home, "model")));
const heads = await loadHeads(model.dir, model.config.dim);
const data = await sampleData(join(home, "videos"));
const backend = await openBackend("cpu");
const settings = { frames: 4, device: "cpu", dtype: "F32" } as const;

/** Scores data that differ in their captions alone: the folder keeps what they share. */
async function score(of: CaptionedVideos, options: ScoreOptions): Promise<SimilarityMatrix> {
  using features = await computeFeatures(join(home, "features"), of, model, settings);
  return await scoreFeatures(features, heads, backend, options);
}

/** The scores by the text of the query and the name of the video. */
function byPair(of: CaptionedVideos, { values, videos }: SimilarityMatrix): Map<string, number> {
  const texts = of.videos.flatMap(({ captions }) => captions);
  return new Map(
    texts.flatMap((text, q) =>
      of.videos.map(({ name }, v) => [`${text} | ${name}`, values[q * videos + v]] as const)
    ),
  );
}

/** The same videos, with other captions. */
function withCaptions(captions: readonly (readonly string[])[]): CaptionedVideos {
  return { ...data, videos: data.videos.map((video, i) => ({ ...video, captions: captions[i] })) };
}

const own = data.videos.map(({ captions }) => captions);

for (const mode of ["skrr", "hvd"] as const) {
  Deno.test(`${mode}: a score does not depend on which caption belongs to which video`, async () => {
    const before = byPair(data, await score(data, { mode }));
    const shuffled = withCaptions([own[3], own[0], own[1], own[2]]);
    const after = byPair(shuffled, await score(shuffled, { mode }));
    assert.equal(after.size, before.size);
    for (const [pair, value] of before) assert.equal(after.get(pair), value, pair);
  });

  Deno.test(`${mode}: a score does not depend on the captions of other videos`, async () => {
    const before = byPair(data, await score(data, { mode }));
    const swapped = withCaptions([own[0], ["fireworks over a lake at night"], own[2], own[3]]);
    const after = byPair(swapped, await score(swapped, { mode }));
    let same = 0;
    for (const [pair, value] of before) {
      if (!after.has(pair)) continue;
      assert.equal(after.get(pair), value, pair);
      same++;
    }
    assert.equal(same, 16);
  });
}

Deno.test("skrr scores pairs as a search does", async () => {
  const { values, videos } = await score(data, { mode: "skrr" });
  await using index = await openIndex(join(home, "index"), { model: model.dir });
  const indexed = await Array.fromAsync(index.add([join(home, "videos")], settings));
  assert.ok(indexed.every(({ kind }) => kind !== "failed"));
  const texts = data.videos.flatMap(({ captions }) => captions);
  for (const [q, text] of texts.entries()) {
    const { moments } = await index.search(text);
    assert.equal(moments.length, 4);
    for (const { video, score } of moments) {
      const v = data.videos.findIndex(({ path }) => Deno.realPathSync(path) === video);
      assert.ok(Math.abs(values[q * videos + v] - score) < 1e-5, `${text} | ${video}`);
    }
  }
});

Deno.test("skrr sums up the similarities that are asked for", async () => {
  const of = async (...similarities: NonNullable<ScoreOptions["similarities"]>) =>
    (await score(data, { mode: "skrr", similarities })).values;
  const frame = await of("sentence_frame");
  const patch = await of("sentence_patch");
  const word = await of("word_patch");
  const all = await of("sentence_frame", "sentence_patch", "word_patch");
  all.forEach((sum, i) => assert.ok(Math.abs(sum - frame[i] - patch[i] - word[i]) < 1e-5));
});

Deno.test("hvd partitions every video by every query, the best K of them exactly", async () => {
  using features = await computeFeatures(join(home, "features"), data, model, settings);
  const scorer = new Scorer(backend, heads);
  const exact = await scoreFeatures(features, heads, backend, { mode: "hvd" });
  const two = await scoreFeatures(features, heads, backend, { mode: "hvd", candidates: 2 });
  const { dim } = features;
  for (let q = 0; q < exact.queries; q++) {
    const { sentence, words, wordCount } = features.caption(q);
    const query = await scorer.prepare({ sentence, words: words.subarray(0, wordCount * dim) });
    const coarse: number[] = [];
    for (let v = 0; v < exact.videos; v++) {
      const { frames, patches, frameCount } = features.video(v);
      const clip = {
        frames: frames.subarray(0, frameCount * dim),
        patches: patches.subarray(0, frameCount * features.patches * dim),
      };
      const [{ sentenceFrame, wordPatch }] = await scorer.spot(query, [clip]);
      assert.equal(exact.values[q * 4 + v], Math.fround(sentenceFrame + wordPatch!));
      coarse.push(sentenceFrame);
    }
    const order = [0, 1, 2, 3].sort((a, b) => coarse[b] - coarse[a]);
    const row = two.values.subarray(q * 4, q * 4 + 4);
    for (const v of order.slice(0, 2)) assert.equal(row[v], exact.values[q * 4 + v]);
    const [best, last] = [Math.min(row[order[0]], row[order[1]]), row[order[2]]];
    assert.ok(best > last && last > row[order[3]]);
  }
});

Deno.test("progress ends where it says", async () => {
  for (const mode of ["skrr", "hvd"] as const) {
    const said: [number, number][] = [];
    await score(data, { mode, onProgress: (...progress) => said.push(progress) });
    assert.deepEqual(said.at(-1), [4 + 5, 4 + 5]);
  }
});

Deno.test("heads of another width are refused", async () => {
  using features = await computeFeatures(join(home, "features"), data, model, settings);
  const other = { ...heads, dim: heads.dim * 2 };
  await assert.rejects(scoreFeatures(features, other, backend, { mode: "skrr" }), RangeError);
});
