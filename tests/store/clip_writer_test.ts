import assert from "node:assert/strict";
import { ClipStore } from "../../store/clip_store.ts";
import { ClipWriter, type ClipWriterOptions } from "../../store/clip_writer.ts";
import { MANIFEST, sampleClip } from "./sample_clips.ts";

async function withWriter(
  options: ClipWriterOptions,
  test: (writer: ClipWriter, store: ClipStore, place: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const store = await ClipStore.create(`${folder}/index`, MANIFEST);
  try {
    await test(new ClipWriter(store, options), store, `${folder}/index`);
  } finally {
    store.close();
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("ClipWriter commits so many clips at a time, and the rest when flushed", () =>
  withWriter({ clips: 4 }, async (writer, store) => {
    const stored = Array.from({ length: 10 }, (_, i) => writer.add(sampleClip(`v${i}`, 0, 1)));
    await stored[7];
    assert.equal(writer.commits, 2);
    assert.equal((await store.videos()).size, 8);
    await writer.flush();
    await Promise.all(stored);
    assert.equal(writer.commits, 3);
    assert.equal((await store.videos()).size, 10);
    await writer.flush();
    assert.equal(writer.commits, 3);
  }));

Deno.test("ClipWriter commits a clip that has waited long enough", () =>
  withWriter({ milliseconds: 1 }, async (writer, store) => {
    // The writer's own timer does not keep a process alive.
    const alive = setInterval(() => {}, 1000);
    await writer.add(sampleClip("a", 0, 1));
    clearInterval(alive);
    assert.deepEqual([...(await store.videos()).keys()], ["a"]);
  }));

Deno.test("ClipWriter compacts after so many commits and at the end", () =>
  withWriter({ clips: 1, compactEvery: 5 }, async (writer, store, place) => {
    const files = () => [...Deno.readDirSync(`${place}/clips.lance/data`)].length;
    for (let i = 0; i < 5; i++) {
      await writer.add(sampleClip(`v${i}`, 0, 1));
      await writer.flush();
      assert.equal(files(), i === 4 ? 1 : i + 1);
    }
    const rest = ["more", "last"].map((video) => writer.add(sampleClip(video, 0, 1)));
    await writer.close();
    await Promise.all(rest);
    assert.equal(files(), 1);
    assert.equal((await store.videos()).size, 7);
  }));

Deno.test("ClipWriter tells who added the clips and who flushes that a commit failed", () =>
  withWriter({ clips: 2 }, async (writer, store) => {
    const wrong = { name: "RangeError", message: /expected frames of length 8 but found 0/ };
    const good = writer.add(sampleClip("a", 0, 1));
    const bad = writer.add(sampleClip("b", 0, 1, { frames: new Float16Array(0) }));
    await assert.rejects(good, wrong);
    await assert.rejects(bad, wrong);
    const later = writer.add(sampleClip("c", 0, 1));
    await assert.rejects(writer.flush(), wrong);
    await later;
    await writer.flush();
    assert.deepEqual([...(await store.videos()).keys()], ["c"]);
  }));
