import assert from "node:assert/strict";
import { join } from "node:path";
import { comparisonFigure } from "../../explain/comparison_figure.ts";
import { drawExplanation } from "../../explain/draw_explanation.ts";
import { type ExplainedVideo, explainVideo } from "../../explain/explain_video.ts";
import { explanationFigure } from "../../explain/explanation_figure.ts";
import { wordMatches } from "../../explain/word_matches.ts";
import { openBackend } from "../../kernels/open.ts";
import { openTextTower } from "../../models/clip/text.ts";
import { loadHeads } from "../../models/hvd/heads.ts";
import { Scorer } from "../../models/hvd/scorer.ts";
import { resolveModel } from "../../models/registry.ts";
import { openIndex } from "../../mod.ts";
import { DecodePool } from "../../pipeline/decode/pool.ts";
import { ClipStore } from "../../store/clip_store.ts";
import { modelWithHeads } from "../eval/model_with_heads.ts";
import { closeEncoder } from "../media/encode.ts";
import { makeVideo } from "../media/videos.ts";

const TEXT = 'a <red> dog & "two" cats';
const FRAMES = 9;

/** A video, explained and indexed with the same model and frames. */
let prepared: ReturnType<typeof prepare> | undefined;
function video() {
  return prepared ??= prepare();
}

async function prepare() {
  const home = await Deno.realPath(await Deno.makeTempDir({ prefix: "fovea-test-" }));
  const model = await modelWithHeads(join(home, "model"));
  const file = join(home, "video.mp4");
  await Deno.copyFile(await makeVideo(), file);
  await closeEncoder();
  const explained = await explainVideo(TEXT, file, { model, frames: FRAMES, compare: true });
  await using index = await openIndex(join(home, ".fovea"), { model });
  const options = { frames: FRAMES, device: "cpu", keepPatches: true } as const;
  await Array.fromAsync(index.add([file], options));
  const store = await ClipStore.open(join(home, ".fovea"));
  const [record] = await store.records([`${[...(await store.videos()).values()][0].video}#0`]);
  store.close();
  return { home, model, file, explained, record };
}

/** The text as the model compares it, and what compares. */
async function scoring(model: string) {
  const files = await resolveModel(model);
  const heads = await loadHeads(model, files.config.dim);
  const tower = await openTextTower(files);
  const tokens = await tower.encode(TEXT);
  await tower.close();
  const backend = await openBackend("cpu");
  const scorer = new Scorer(backend, heads);
  return { heads, backend, scorer, query: await scorer.prepare(tokens) };
}

/** The values of an attribute, in the order of the elements that have it. */
function all(svg: string, pattern: RegExp): string[] {
  return [...svg.matchAll(pattern)].map(([, value]) => value);
}

Deno.test("frames that are kept are those that the kernels spot", async () => {
  const { model, explained, record } = await video();
  const { backend, heads, query } = await scoring(model);
  const [[cosines], [top]] = await backend.batch(async (kernels) => {
    const frames = await kernels.upload([record.frames], heads.dim);
    const cosines = await kernels.cosine(query.sentence, frames);
    const count = Math.ceil(heads.parameters.spotRatio * FRAMES);
    return await kernels.read(cosines, await kernels.top(cosines, [count]));
  });
  backend.destroy();
  const { explanation } = explained;
  const kept = explanation.kept.flatMap((it, frame) => it ? [frame] : []);
  assert.deepEqual(kept, [...top]);
  explanation.frameCosines.forEach((cosine, f) => assert(Math.abs(cosine - cosines[f]) < 1e-3));

  const { svg } = explanationFigure(explained);
  const drawn = (state: string) =>
    all(svg, new RegExp(`class="frame ${state}" data-frame="(\\d+)"`, "g")).map(Number);
  assert.deepEqual(drawn("kept"), kept);
  assert.deepEqual(drawn("dropped"), [...explanation.kept.keys()].filter((f) => !kept.includes(f)));
});

Deno.test("the patches of a token that are drawn are those that the index stores", async () => {
  const { explained, record } = await video();
  const { svg } = explanationFigure(explained);
  const perFrame = explained.explanation.patchesPerFrame;
  let token = Array.from(record.rounds[0].labels, (_, patch) => patch);
  for (const [r, { labels }] of record.rounds.entries()) {
    token = token.map((t) => labels[t]);
    for (let frame = 0; frame < FRAMES; frame++) {
      const opening = `<g class="clusters" data-round="${r}" data-frame="${frame}"`;
      const group = svg.slice(svg.indexOf(opening)).split("</g>")[0];
      const drawn = new Map(
        [...group.matchAll(/<path d="([^"]*)"[^>]*data-token="(\d+)"/g)].map(([, d, t]) => [
          Number(t),
          patchesOf(d, Math.sqrt(perFrame)),
        ]),
      );
      const stored = Map.groupBy(Array(perFrame).keys(), (p) => token[frame * perFrame + p]);
      assert.deepEqual(new Map([...drawn].sort()), new Map([...stored].sort()));
    }
  }
});

/** The patches that a path of runs covers. */
function patchesOf(d: string, side: number): number[] {
  return [...d.matchAll(/M(\d+) (\d+)h(\d+)v1H\1z/g)].flatMap(([, x, y, width]) =>
    Array.from({ length: Number(width) }, (_, i) => Number(y) * side + Number(x) + i)
  );
}

Deno.test("every frame is drawn, every word has a card, and text is only text", async () => {
  const { explained } = await video();
  const { svg, width, height } = explanationFigure(explained);
  assert.equal(all(svg, /<image id="frame-(\d+)"/g).length, FRAMES);
  assert.equal(all(svg, /data:image\/jpeg;base64,(\/9j)/g).length, FRAMES);
  const words = all(svg, /class="word" data-word="(\d+)"/g).map(Number);
  assert.deepEqual(words, [...explained.explanation.words.keys()]);
  assert(svg.includes("“a &lt;red&gt; dog &amp; &quot;two&quot; cats”"));
  assert(svg.includes(`viewBox="0 0 ${width} ${height}"`));
  assert(!/href="(?!#|data:)/.test(svg));
  // What is drawn is on the picture.
  for (const x of all(svg, /<text x="([\d.-]+)"/g)) assert(Number(x) >= 0 && Number(x) <= width);
  for (const y of all(svg, /<text [^>]*y="([\d.-]+)"/g)) assert(Number(y) < height);
});

Deno.test("methods score as search does, and mean pooling by the mean of the frames", async () => {
  const { model, explained, record } = await video();
  const { backend, heads: { dim }, query, scorer } = await scoring(model);
  const [pooling, hvd, skrr] = explained.methods!;

  const mean = new Float32Array(dim);
  for (let f = 0; f < FRAMES; f++) {
    const frame = record.frames.subarray(f * dim, (f + 1) * dim);
    const length = Math.sqrt(frame.reduce((sum, value) => sum + value * value, 0));
    frame.forEach((value, c) => mean[c] += value / length / FRAMES);
  }
  const dot = mean.reduce((sum, value, c) => sum + value * query.sentence[c], 0);
  assert(Math.abs(pooling.score - dot / Math.hypot(...mean)) < 1e-3);
  assert.equal(pooling.explanation, null);

  const [spotted] = await scorer.spot(query, [{
    frames: record.frames,
    patches: record.patches,
  }]);
  assert.deepEqual(hvd.frames, [...spotted.spotted].sort((a, b) => a - b));
  assert(Math.abs(hvd.score - spotted.sentenceFrame - spotted.wordPatch!) < 2e-3);

  const [wordPatch] = await scorer.wordPatch(query, [record]);
  const [sf, sp] = Scorer.products(query.sentence, [record.framesPooled, record.entitiesPooled]);
  assert(Math.abs(skrr.score - sf - sp - wordPatch) < 2e-3);
  backend.destroy();
});

Deno.test("a comparison draws all frames three times, and drops where HVD does", async () => {
  const { explained } = await video();
  const methods = explained.methods!;
  const { svg } = comparisonFigure({ ...explained, methods });
  assert.equal(all(svg, /<use href="#frame-(\d+)"/g).length, 3 * FRAMES);
  const dropped = all(svg, /class="frame dropped" data-frame="(\d+)"/g).map(Number);
  const [, hvd] = methods;
  assert.deepEqual(dropped, [...Array(FRAMES).keys()].filter((f) => !hvd.frames.includes(f)));
  for (const { name, score } of methods) {
    assert(svg.includes(`>${name}<`));
    assert(svg.includes(`>${score.toFixed(3).replace("-", "−")}<`));
  }
});

Deno.test("heads of hvd are explained as a search scores with them", async () => {
  const { home, file } = await video();
  const model = await modelWithHeads(join(home, "hvd"), "hvd");
  const explained = await explainVideo(TEXT, file, { model, frames: FRAMES });
  const { explanation } = explained;
  await using index = await openIndex(join(home, ".hvd"), { model });
  await Array.fromAsync(index.add([file], { frames: FRAMES, device: "cpu" }));
  const { moments: [{ score }] } = await index.search(TEXT);
  assert(Math.abs(explanation.score - score) < 2e-3, `${explanation.score} for ${score}`);

  const { svg } = explanationFigure(explained);
  assert(svg.includes(`>${explanation.score.toFixed(3).replace("-", "−")}<`));
  assert(!svg.includes("Sentence – patches") && !svg.includes("not counted"));
  const kept = all(svg, /class="frame kept" data-frame="(\d+)"/g);
  assert.equal(kept.length, Math.ceil(FRAMES / 2));
  for (const r of explanation.rounds.keys()) {
    const drawn = all(
      svg,
      new RegExp(`class="clusters" data-round="${r}" data-frame="(\\d+)"`, "g"),
    );
    assert.deepEqual(drawn, kept);
  }
  for (const { frame } of wordMatches(explanation)) assert(kept.includes(String(frame)));
});

Deno.test("a PNG is as large as its picture, and can be decoded", async () => {
  const { home, explained } = await video();
  const path = join(home, "why.png");
  await Deno.writeFile(path, await drawExplanation({ ...explained, methods: null }, "png"));
  const { width, height } = explanationFigure(explained);
  using pool = await DecodePool.open({ decoder: "auto", workers: 1, imageSize: 64 });
  const [event] = await Array.fromAsync(pool.decode(path, { frames: 1, segment: "whole" }));
  assert(event.kind === "video");
  const { info } = event;
  assert.deepEqual([info.codec, info.width, info.height], ["png", width, height]);
});

Deno.test("a page holds all it needs, whatever the text says", async () => {
  const { explained } = await video();
  const hostile: ExplainedVideo = { ...explained, text: "</script><script>alert(1)</script>" };
  for (const it of [hostile, { ...hostile, methods: null }]) {
    const html = new TextDecoder().decode(await drawExplanation(it, "html"));
    assert.equal(html.split("<script").length, 3);
    assert(!/(?:src|href)="(?!#|data:)/.test(html));
    assert(html.includes("default-src 'none'"));
    const [, json] = /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(html)!;
    assert.equal(typeof JSON.parse(json), "object");
  }
});

Deno.test("one frame, and more than fit beside each other, have a layout of their own", async () => {
  const { model, file } = await video();
  for (const frames of [1, 40]) {
    const explained = await explainVideo("a dog ".repeat(30), file, { model, frames });
    const { svg, width } = explanationFigure(explained);
    assert.equal(all(svg, /class="frame \w+" data-frame="(\d+)"/g).length, frames);
    const right = Math.max(
      ...all(svg, /<use href="#frame-\d+" transform="translate\(([\d.]+) /g).map(Number),
    );
    assert(right < width - 40);
  }
});
