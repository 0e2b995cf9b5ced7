import assert from "node:assert/strict";
import { join } from "node:path";
import { openData } from "../../data/open_data.ts";
import { DecodePool } from "../../pipeline/decode/pool.ts";
import { worldVideo } from "../../world/collection.ts";
import { drawFrame } from "../../world/draw.ts";
import { generateWorld, RATE, type Recipe } from "../../world/generate.ts";
import { describedTrack, readLabels } from "../../world/labels.ts";
import { fovea } from "../cli/fovea.ts";

/** Native addons keep threads and files for as long as the process lives. */
const ADDONS_STAY = { sanitizeOps: false, sanitizeResources: false };

const RECIPE: Recipe = { seed: "files", train: 1, validation: 1, test: 4 };

async function generate(out: string, recipe = RECIPE): Promise<void> {
  for await (const _ of generateWorld(out, recipe));
}

async function contents(dir: string): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  for await (const { name, isDirectory } of Deno.readDir(dir)) {
    if (!isDirectory) files.set(name, await Deno.readFile(join(dir, name)));
    else {for (const [path, bytes] of await contents(join(dir, name))) {
        files.set(`${name}/${path}`, bytes);
      }}
  }
  return new Map([...files].toSorted(([a], [b]) => a < b ? -1 : 1));
}

const folder = await Deno.makeTempDir({ prefix: "fovea-test-" });
let made: Promise<string> | undefined;

/** A folder with the collection, made once. */
function collection(): Promise<string> {
  return made ??= (async () => {
    const out = join(folder, "made");
    await generate(out);
    return out;
  })();
}

Deno.test.afterAll(() => Deno.remove(folder, { recursive: true }));

Deno.test({
  name: "the same recipe gives the same bytes, however often the run was ended",
  ...ADDONS_STAY,
  async fn() {
    const again = join(folder, "again");
    for (const stopAfter of [1, 3]) {
      const controller = new AbortController();
      for await (const { done } of generateWorld(again, RECIPE, controller.signal)) {
        if (done >= stopAfter) controller.abort();
      }
      await assert.rejects(Deno.stat(join(again, "test", "captions.jsonl")));
    }
    // As a run that was killed while it wrote leaves it.
    await Deno.writeTextFile(join(again, "test", "test-00003.mp4.part"), "half of a");
    const kept: number[] = [];
    for await (const progress of generateWorld(again, RECIPE)) kept.push(progress.kept);
    assert.equal(kept.at(-1), 3);
    assert.deepEqual(await contents(again), await contents(await collection()));
  },
});

Deno.test({
  name: "another collection does not go into the same folder",
  ...ADDONS_STAY,
  async fn() {
    const made = await collection();
    await assert.rejects(
      generate(made, { ...RECIPE, seed: "other" }),
      /^Error: Cannot go on in .*: it holds videos of seed files, not other; choose another folder$/,
    );
    await assert.rejects(generate(made, { ...RECIPE, test: 5 }), /videos of test 4, not 5/);
  },
});

Deno.test({
  name: "our own decoder reads the videos as they were drawn",
  ...ADDONS_STAY,
  async fn() {
    using pool = await DecodePool.open({ decoder: "wasm", workers: 1, imageSize: 96 });
    for (let number = 0; number < RECIPE.test; number++) {
      const { name, scene } = worldVideo(RECIPE.seed, "test", number);
      for await (
        const event of pool.decode(join(await collection(), "test", name), {
          frames: 6,
          segment: "whole",
        })
      ) {
        if (event.kind === "video") {
          assert.equal(event.info.codec, "h264");
          assert.equal(event.info.width, 192);
          assert(Math.abs(event.info.duration! - scene.seconds) < 0.01);
          continue;
        }
        for (const [i, time] of event.times.entries()) {
          assert(Math.abs(time * RATE - Math.round(time * RATE)) < 0.01, `${time}`);
          const drawn = drawFrame(scene, Math.round(time * RATE) / RATE, 96);
          const decoded = event.pixels.subarray(i * drawn.length, (i + 1) * drawn.length);
          const mean = drawn.reduce((sum, value, j) => sum + Math.abs(value - decoded[j]), 0) /
            drawn.length;
          assert(mean < 8, `${name} at ${time} differs by ${mean}`);
        }
      }
    }
  },
});

Deno.test({
  name: "captions and labels are read back",
  ...ADDONS_STAY,
  async fn() {
    const made = await collection();
    const data = await openData(made);
    assert.deepEqual(data.splits, ["train", "validation", "test"]);
    const { videos } = await data.load("test");
    const labelled = await readLabels(join(made, "test"));
    assert.equal(labelled.length, RECIPE.test);
    for (const [i, { video, captions, labels, recoveredClean }] of labelled.entries()) {
      assert.equal(videos[i].name, video);
      assert.deepEqual(videos[i].captions, captions);
      assert.equal(videos[i].recovered.length, 6);
      assert.equal(recoveredClean.length, 6);
      const { start, end } = describedTrack(labels);
      assert(labels.shots.some((shot) => shot.start === start && shot.end === end));
    }
    assert.equal(labelled[3].twin?.video, labelled[2].video);
    await assert.rejects(readLabels(folder), /^Error: Cannot load labels from /);
  },
});

Deno.test({
  name: "clean captions take the place of a machine's under another name",
  ...ADDONS_STAY,
  async fn() {
    const own = join(folder, "clean");
    await generate(own, { seed: "clean", train: 0, validation: 0, test: 1 });
    const test = join(own, "test");
    await Deno.copyFile(join(test, "recovered-clean.jsonl"), join(test, "recovered.jsonl"));
    const { videos: [{ recovered }] } = await (await openData(own)).load("test");
    const [{ recoveredClean, recoveredQuality }] = await readLabels(test);
    assert.deepEqual(recovered, recoveredClean);
    assert(recoveredQuality.some((quality) => quality !== "right"));
  },
});

Deno.test({
  name: "the command makes what is asked for, and says what was there already",
  ...ADDONS_STAY,
  async fn() {
    const args = ["world", "--out", "videos", "--videos", "2", "--test", "1", "--validation", "0"];
    const first = await fovea([...args, "--seed", "files"], folder);
    assert.equal(first.code, 0, first.stderr);
    assert.match(first.stdout, /^2 videos in .*videos: 1 train, 0 validation, 1 test\n$/);
    const again = await fovea([...args, "--seed", "files"], folder);
    assert.match(again.stdout, /1 test; 2 were there already\n$/);
    const bytes = (dir: string) => Deno.readFile(join(dir, "test", "test-00000.mp4"));
    assert.deepEqual(await bytes(join(folder, "videos")), await bytes(await collection()));
    const wrong = await fovea([...args, "--test", "3"], folder);
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /^error: Cannot split 2 videos: /m);
  },
});
