import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { CaptionedVideos } from "../../data/captioned_videos.ts";
import {
  computeFeatures,
  type FeatureOptions,
  type FeatureProgress,
} from "../../features/compute_features.ts";
import { openFeatures } from "../../features/stored_features.ts";
import { openTextTower } from "../../models/clip/text.ts";
import { openVisionTower } from "../../models/clip/vision.ts";
import { resolveModel } from "../../models/registry.ts";
import { readSafetensors } from "../../models/safetensors.ts";
import { DecodePool } from "../../pipeline/decode/pool.ts";
import { MODEL } from "../cli/fovea.ts";
import { sampleData } from "./sample_data.ts";

const model = await resolveModel(MODEL);
const { dim } = model.config;
const { patches: patchesPerFrame } = model.config.vision;

async function inFolder(
  test: (folder: string, data: CaptionedVideos) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder, await sampleData(join(folder, "videos")));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Computes features in a folder, and how far the run said that it was. */
async function compute(
  dir: string,
  data: CaptionedVideos,
  options: FeatureOptions = {},
): Promise<FeatureProgress[]> {
  const said: FeatureProgress[] = [];
  using _ = await computeFeatures(dir, data, model, {
    frames: 5,
    device: "cpu",
    onProgress: (progress) => said.push(progress),
    ...options,
  });
  return said;
}

/** How many videos a run did not have to encode. */
function videosKept(said: readonly FeatureProgress[]): number {
  return said.find(({ texts, totalTexts, videos }) => texts === totalTexts && videos > 0)!.videos;
}

Deno.test("the tokens are the towers' own", () =>
  inFolder(async (folder, data) => {
    const dir = join(folder, "features");
    using features = await computeFeatures(dir, data, model, {
      frames: 5,
      device: "cpu",
      dtype: "F32",
    });
    assert.deepEqual(features.videos, ["red", "blue", "test", "short"]);
    assert.deepEqual(features.captions[3], { text: "a test picture", video: 2 });

    const { imageSize } = model.config.vision;
    using pool = await DecodePool.open({ decoder: "auto", workers: 1, imageSize });
    const vision = await openVisionTower(model);
    for (const [i, { path }] of data.videos.entries()) {
      const { frames, patches, frameCount } = features.video(i);
      for await (const event of pool.decode(path, { frames: 5, segment: "whole" })) {
        if (event.kind !== "clip") continue;
        const tokens = await vision.encode(event.pixels);
        assert.equal(frameCount, tokens.frameCount);
        assert.deepEqual(frames.subarray(0, frameCount * dim), tokens.frames);
        assert.deepEqual(patches.subarray(0, frameCount * patchesPerFrame * dim), tokens.patches);
      }
      assert.ok(frames.subarray(frameCount * dim).every((value) => value === 0));
      assert.equal(patches.length, 5 * patchesPerFrame * dim);
    }
    assert.equal(features.video(3).frameCount, 3);
    await vision.close();

    const text = await openTextTower(model);
    for (const [i, caption] of features.captions.entries()) {
      const tokens = await text.encode(caption.text);
      const { sentence, words, wordCount } = features.caption(i);
      assert.deepEqual(sentence, tokens.sentence);
      assert.equal(wordCount, tokens.wordCount);
      assert.deepEqual(words.subarray(0, wordCount * dim), tokens.words);
      assert.ok(words.subarray(wordCount * dim).every((value) => value === 0));
    }
    assert.equal(features.recoveredPerVideo, 2);
    assert.deepEqual(features.recovered(0).wordCounts, Int32Array.of(0, 0));
    const { sentences, words, wordCounts } = features.recovered(1);
    const cyan = await text.encode("cyan");
    assert.equal(wordCounts[1], cyan.wordCount);
    assert.deepEqual(sentences.subarray(dim), cyan.sentence);
    assert.deepEqual(
      words.subarray(features.words * dim).subarray(0, cyan.wordCount * dim),
      cyan.words,
    );
    await text.close();
  }));

Deno.test("features are a documented safetensors file, in half precision by default", () =>
  inFolder(async (folder, data) => {
    const dir = join(folder, "features");
    await compute(dir, data);
    const { tensors } = await readSafetensors(join(dir, "features.safetensors"));
    const shapes = Object.fromEntries(
      [...tensors].map(([name, { dtype, shape }]) => [name, `${dtype} [${shape}]`]),
    );
    const context = Math.min(32, model.config.text.contextLength);
    assert.deepEqual(shapes, {
      frame_counts: "I32 [4]",
      frames: `F16 [4,5,${dim}]`,
      patches: `F16 [4,${5 * patchesPerFrame},${dim}]`,
      sentences: `F16 [5,${dim}]`,
      words: `F16 [5,${context},${dim}]`,
      recovered_sentences: `F16 [4,2,${dim}]`,
      recovered_words: `F16 [4,2,${context},${dim}]`,
      word_mask: `U8 [5,${context}]`,
      recovered_mask: `U8 [4,2,${context}]`,
      fingerprints: "U8 [4,32]",
    });
    const whole = join(folder, "whole");
    await compute(whole, data, { dtype: "F32" });
    using half = await openFeatures(dir);
    using full = await openFeatures(whole);
    const { patches } = full.video(0);
    assert.deepEqual(half.video(0).patches, new Float32Array(new Float16Array(patches)));
  }));

Deno.test("texts are cut to the words asked for and keep their end", () =>
  inFolder(async (folder, data) => {
    const long = "a red car drives along a very long road in the evening sun";
    const [video] = data.videos;
    const one: CaptionedVideos = { ...data, videos: [{ ...video, captions: [long] }] };
    using features = await computeFeatures(join(folder, "features"), one, model, {
      frames: 2,
      words: 6,
      device: "cpu",
      dtype: "F32",
    });
    const { words, wordCount, sentence } = features.caption(0);
    assert.equal(wordCount, 6);
    assert.deepEqual(words.subarray(5 * dim), sentence);
  }));

Deno.test("features are made anew only when what they depend on changes", () =>
  inFolder(async (folder, data) => {
    const dir = join(folder, "features");
    const encoded = async (of: CaptionedVideos, options?: FeatureOptions) =>
      (await compute(dir, of, options)).length > 0;
    assert.equal(await encoded(data), true);
    assert.equal(await encoded(data), false);
    assert.equal(await encoded(data, { frames: 4 }), true);
    assert.equal(await encoded(data, { frames: 4 }), false);
    const [first, ...others] = data.videos;
    const reworded = { ...data, videos: [{ ...first, captions: ["evening"] }, ...others] };
    assert.equal(await encoded(reworded), true);
    await Deno.copyFile(others[0].path, first.path);
    assert.equal(await encoded(reworded), true);
    assert.equal(await encoded(reworded), false);
  }));

Deno.test("a killed run goes on where it ended, to the same bytes", () =>
  inFolder(async (folder) => {
    const videos = join(folder, "videos"), dir = join(folder, "features");
    const script = fileURLToPath(new URL("./killed_process.ts", import.meta.url));
    const { signal } = await new Deno.Command("deno", {
      args: [
        "run",
        "--allow-read",
        "--allow-write",
        "--allow-env",
        "--allow-ffi",
        "--allow-sys",
        "--allow-run",
        script,
        videos,
        dir,
        "2",
      ],
      stderr: "null",
    }).output();
    assert.equal(signal, "SIGKILL");
    await assert.rejects(openFeatures(dir), /Cannot open the features/);

    const data = await sampleData(videos);
    assert.ok(videosKept(await compute(dir, data)) >= 2);
    using resumed = await Deno.open(join(dir, "features.safetensors"));
    const whole = join(folder, "whole");
    await compute(whole, data);
    assert.deepEqual(
      await new Response(resumed.readable).bytes(),
      await Deno.readFile(join(whole, "features.safetensors")),
    );
  }));

Deno.test("videos that cannot be decoded are named, and only they are missing next time", () =>
  inFolder(async (folder, data) => {
    const dir = join(folder, "features");
    const { path } = data.videos[1];
    const content = await Deno.readFile(path);
    await Deno.writeFile(path, content.slice(0, 200));
    await assert.rejects(
      compute(dir, data),
      ({ message }: Error) =>
        message.startsWith("Cannot compute features of 1 of 4 videos: ") &&
        message.includes(path) && !message.includes("\n"),
    );
    await assert.rejects(openFeatures(dir), /there is no such file/);

    await Deno.writeFile(path, content);
    assert.equal(videosKept(await compute(dir, data)), 3);
    const fewer = { ...data, videos: data.videos.slice(2) };
    assert.equal(videosKept(await compute(dir, fewer)), 2);
    using features = await openFeatures(dir);
    using whole = await computeFeatures(join(folder, "whole"), fewer, model, {
      frames: 5,
      device: "cpu",
    });
    assert.deepEqual(features.video(1), whole.video(1));
  }));

Deno.test("a run that is told to stop keeps what it has encoded", () =>
  inFolder(async (folder, data) => {
    const dir = join(folder, "features");
    const stop = new AbortController();
    await assert.rejects(
      computeFeatures(dir, data, model, {
        frames: 5,
        device: "cpu",
        signal: stop.signal,
        onProgress: ({ videos }) => {
          if (videos > 0) stop.abort(new Error("enough"));
        },
      }),
      /^Error: enough$/,
    );
    assert(videosKept(await compute(dir, data)) > 0);
  }));

Deno.test("int8 features are those of the int8 towers, made anew", () =>
  inFolder(async (folder, data) => {
    const dir = join(folder, "features");
    await compute(dir, data, { dtype: "F32" });
    using features = await computeFeatures(dir, data, model, {
      frames: 5,
      device: "cpu",
      dtype: "F32",
      precision: "int8",
    });
    const tower = await openTextTower(model, { words: features.words, precision: "int8" });
    const { sentence } = await tower.encode(features.captions[3].text);
    assert.deepEqual(features.caption(3).sentence, sentence);
    await tower.close();

    const { imageSize } = model.config.vision;
    using pool = await DecodePool.open({ decoder: "auto", workers: 1, imageSize });
    const vision = await openVisionTower(model, { precision: "int8" });
    for await (const event of pool.decode(data.videos[0].path, { frames: 5, segment: "whole" })) {
      if (event.kind !== "clip") continue;
      assert.deepEqual(features.video(0).frames, (await vision.encode(event.pixels)).frames);
    }
    await vision.close();
  }));

Deno.test("settings out of their range and other folders are refused", () =>
  inFolder(async (folder, data) => {
    const dir = join(folder, "features");
    await assert.rejects(compute(dir, data, { frames: 0 }), RangeError);
    await assert.rejects(compute(dir, data, { words: 1 }), RangeError);
    await assert.rejects(compute(dir, { ...data, videos: [] }), RangeError);
    await compute(dir, data);
    using features = await openFeatures(dir);
    assert.throws(() => features.video(4), RangeError);
    assert.throws(() => features.caption(-1), RangeError);
    await Deno.writeTextFile(join(dir, "features.json"), "{}");
    await assert.rejects(openFeatures(dir), /format undefined/);
  }));
