import * as lancedb from "@lancedb/lancedb";
import assert from "node:assert/strict";
import { ClipStore } from "../../store/clip_store.ts";
import { FORMAT, type Manifest } from "../../store/manifest.ts";
import type { ClipRecord } from "../../store/record.ts";
import { DIM, MANIFEST, sampleClip } from "./sample_clips.ts";

/** Runs a test with a new folder for an index. */
async function withPlace(test: (place: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(`${folder}/index`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Runs a test with a new index. */
function withStore(test: (store: ClipStore, place: string) => Promise<void>): Promise<void> {
  return withPlace(async (place) => {
    const store = await ClipStore.create(place, MANIFEST);
    await test(store, place);
    store.close();
  });
}

function clipsOf(video: string, clips: number, changes: Partial<ClipRecord> = {}): ClipRecord[] {
  return Array.from({ length: clips }, (_, clip) => sampleClip(video, clip, clips, changes));
}

async function storedIds(store: ClipStore): Promise<string[]> {
  return [...(await store.videos()).values()]
    .flatMap(({ video, stored }) => stored.map((clip) => `${video}#${clip}`)).sort();
}

Deno.test("ClipStore gives back every bit of every column", () =>
  withStore(async (store, place) => {
    const records = [...clipsOf("a", 7), ...clipsOf("b", 2), sampleClip("it's", 0, 1)];
    await store.upsert(records);
    store.close();
    const again = await ClipStore.open(place);
    assert.deepEqual(again.manifest, MANIFEST);
    const shuffled = records.toReversed();
    assert.deepEqual(await again.records(shuffled.map((it) => it.id)), shuffled);
    again.close();
  }));

Deno.test("ClipStore.open says that there is no index, and makes none", () =>
  withPlace(async (place) => {
    await assert.rejects(ClipStore.open(place), {
      name: "NotFound",
      message: `Cannot open the index ${place}: there is none; make it with "index PATH…"`,
    });
    assert.equal(await ClipStore.openIfAny(place), undefined);
    await assert.rejects(Deno.stat(place), Deno.errors.NotFound);
  }));

Deno.test("ClipStore.create refuses a place that has an index", () =>
  withStore(async (_, place) => {
    await assert.rejects(ClipStore.create(place, MANIFEST), {
      name: "AlreadyExists",
      message: `Cannot make the index ${place}: there is one already`,
    });
  }));

Deno.test("ClipStore.openOrCreate names what the index was made with instead", () =>
  withStore(async (_, place) => {
    const other: [Partial<Manifest>, string][] = [
      [
        { model: { ...MANIFEST.model, name: "clip-vit-l-14", fingerprint: "beef" } },
        "it was made with the model clip-vit-b-32, not clip-vit-l-14",
      ],
      [
        { model: { ...MANIFEST.model, fingerprint: "beef" } },
        "it was made with the model clip-vit-b-32 (f00d), not clip-vit-b-32 (beef)",
      ],
      [
        { heads: { name: "mine", fingerprint: "1" } },
        "it was made with the heads none, not mine",
      ],
      [
        { model: { ...MANIFEST.model, precision: "int8" } },
        "it was made with --precision f32, not int8",
      ],
      [
        { parameters: { ...MANIFEST.parameters, segment: 30 } },
        "it was made with --segment auto, not 30",
      ],
      [
        { parameters: { ...MANIFEST.parameters, frames: 5 } },
        "it was made with --frames 12, not 5",
      ],
      [
        { parameters: { ...MANIFEST.parameters, fps: 2 } },
        "it was made with --fps none, not 2",
      ],
      [
        { parameters: { ...MANIFEST.parameters, keepPatches: false } },
        "it was made with --keep-patches",
      ],
    ];
    for (const [change, why] of other) {
      await assert.rejects(ClipStore.openOrCreate(place, { ...MANIFEST, ...change }), {
        message: `Cannot use the index ${place}: ${why}; --rebuild makes it anew`,
      });
    }
    // A model is what its fingerprint says.
    const renamed = { ...MANIFEST.model, name: "/models/mine", revision: null };
    (await ClipStore.openOrCreate(place, { ...MANIFEST, model: renamed })).close();
  }));

Deno.test("ClipStore.open names both formats where they differ", () =>
  withPlace(async (place) => {
    (await ClipStore.create(place, { ...MANIFEST, format: FORMAT + 1 })).close();
    await assert.rejects(ClipStore.open(place), {
      message: `Cannot open the index ${place}: it has format ${FORMAT + 1}, ` +
        `this fovea reads and writes format ${FORMAT}; --rebuild makes it anew`,
    });
    (await ClipStore.rebuild(place, MANIFEST)).close();
    (await ClipStore.open(place)).close();
  }));

Deno.test("ClipStore.upsert replaces the clips of an id and leaves the others", () =>
  withStore(async (store) => {
    await store.upsert([...clipsOf("a", 2), ...clipsOf("b", 1)]);
    const changed = sampleClip("a", 1, 2, { modified: 5, framesPooled: new Float32Array(DIM) });
    await store.upsert([sampleClip("a", 1, 2), changed]);
    assert.deepEqual(await storedIds(store), ["a#0", "a#1", "b#0"]);
    assert.deepEqual(await store.records(["a#0", "a#1", "b#0"]), [
      sampleClip("a", 0, 2),
      changed,
      sampleClip("b", 0, 1),
    ]);
  }));

Deno.test("ClipStore.upsert drops the clips of a replaced file in the same commit", () =>
  withStore(async (store) => {
    await store.upsert([...clipsOf("a", 5), ...clipsOf("b", 5), ...clipsOf("c", 2)]);
    const version = await store.version();
    // "a" has another content, "b" the same content cut into fewer clips; "c" is not concerned.
    await store.upsert([
      sampleClip("a", 3, 5, { fingerprint: "second" }),
      ...clipsOf("b", 2),
    ]);
    assert.equal(await store.version(), version + 1);
    assert.deepEqual(await storedIds(store), ["a#3", "b#0", "b#1", "c#0", "c#1"]);
    const { a } = Object.fromEntries(await store.videos());
    assert.deepEqual([a.fingerprint, a.clips, a.stored], ["second", 5, [3]]);
  }));

Deno.test("ClipStore.upsert refuses two versions of a file at once", () =>
  withStore(async (store) => {
    const two = [sampleClip("a", 0, 2), sampleClip("a", 1, 2, { fingerprint: "second" })];
    await assert.rejects(store.upsert(two), {
      name: "RangeError",
      message: "Cannot store clips of the video a: they come from two versions of its file",
    });
    assert.deepEqual(await storedIds(store), []);
  }));

Deno.test("ClipStore.upsert takes as many videos at once as there are", () =>
  withStore(async (store) => {
    const records = Array.from({ length: 3000 }, (_, i) => sampleClip(`v${i}`, 0, 1));
    await store.upsert(records);
    await store.upsert(records.map((record) => ({ ...record, fingerprint: "second" })));
    const videos = await store.videos();
    assert.equal(videos.size, 3000);
    assert.equal(videos.get("v2999")!.fingerprint, "second");
  }));

Deno.test("ClipStore.videos tells what is stored of each video", () =>
  withStore(async (store) => {
    await store.upsert([sampleClip("a", 4, 6), sampleClip("a", 0, 6), sampleClip("ü", 0, 1)]);
    await store.upsert([sampleClip("a", 2, 6)]);
    const videos = await store.videos();
    assert.deepEqual([...videos.keys()].sort(), ["a", "ü"]);
    assert.deepEqual(videos.get("a"), {
      video: "a",
      path: "films/a.mp4",
      size: 5_000_000_006,
      modified: 1_700_000_000_123,
      fingerprint: "first",
      clips: 6,
      stored: [0, 2, 4],
    });
    assert.equal(videos.get("ü")!.path, "films/ü.mp4");
  }));

Deno.test("ClipStore.coarse has one vector a clip and is read again only after a commit", () =>
  withStore(async (store, place) => {
    const records = [...clipsOf("a", 3), ...clipsOf("b", 2)];
    await store.upsert(records);
    const both = await store.coarse({ entities: true });
    assert.equal(await store.coarse({ entities: true }), both);
    assert.equal(both.length, 5);
    const u = await store.coarse({ entities: false });
    for (
      const [vectors, of] of [
        [both.vectors, (r: ClipRecord, d: number) => r.framesPooled[d] + r.entitiesPooled[d]],
        [u.vectors, (r: ClipRecord, d: number) => r.framesPooled[d]],
      ] as const
    ) {
      for (let i = 0; i < 5; i++) {
        const { video, path, created, duration } = both.videos[both.video[i]];
        const record = records.find((it) => it.id === `${video}#${both.clip[i]}`)!;
        assert.deepEqual(
          [path, both.start[i], both.end[i]],
          [record.path, record.start, record.end],
        );
        // What the clips of a video share comes from whichever the table has first.
        assert(
          records.some((it) =>
            it.video === video && it.created === created && it.duration === duration
          ),
        );
        for (let d = 0; d < DIM; d++) {
          assert.equal(vectors[i * DIM + d], Math.fround(of(record, d)));
        }
      }
    }
    const other = await ClipStore.open(place);
    await other.upsert(clipsOf("c", 1));
    await other.removeVideos(["b"]);
    other.close();
    const after = await store.coarse({ entities: false });
    assert.deepEqual(after.videos.map((it) => it.video).sort(), ["a", "c"]);
    assert.equal(after.length, 4);
  }));

Deno.test("ClipStore.coarse of an empty index is empty", () =>
  withStore(async (store) => {
    const { length, vectors } = await store.coarse({ entities: true });
    assert.deepEqual([length, vectors.length], [0, 0]);
  }));

Deno.test("ClipStore.entities, frames, patches, thumbnails and rounds come in the order asked", () =>
  withStore(async (store) => {
    const records = clipsOf("a", 6);
    await store.upsert(records);
    const ids = ["a#5", "a#1", "none#0", "a#4", "a#1"];
    const expected = ids.map((id) => records.find((record) => record.id === id) ?? null);
    // By id first, then by row, then from memory.
    for (let time = 0; time < 3; time++) {
      assert.deepEqual(
        await store.entities(ids),
        expected.map((r) => r && { entities: r.entities, entityWeights: r.entityWeights }),
      );
      assert.deepEqual(
        await store.frames(ids),
        expected.map((r) =>
          r && {
            times: r.times,
            frames: r.frames,
            framesPooled: r.framesPooled,
            entitiesPooled: r.entitiesPooled,
          }
        ),
      );
      assert.deepEqual(await store.patches(ids), expected.map((r) => r && r.patches));
      assert.deepEqual(await store.thumbnails(ids), expected.map((r) => r && r.thumbnails));
      assert.deepEqual(await store.rounds(ids), expected.map((r) => r && r.rounds));
      await store.coarse({ entities: true });
    }
  }));

Deno.test("ClipStore.entities and frames find what another process has moved or replaced", () =>
  withStore(async (store, place) => {
    for (const video of ["a", "b", "c"]) await store.upsert(clipsOf(video, 3));
    await store.coarse({ entities: true });
    await store.entities(["b#1"]);
    await store.frames(["b#1"]);
    const other = await ClipStore.open(place);
    const replaced = sampleClip("b", 1, 3, {
      entities: new Float16Array(DIM),
      entityWeights: new Float32Array(1),
      framesPooled: new Float32Array(DIM).fill(7),
    });
    await other.upsert([replaced]);
    await other.removeVideos(["a"]);
    await other.compact();
    other.close();
    const [gone, there, changed] = await store.entities(["a#0", "c#2", "b#1"]);
    assert.equal(gone, null);
    assert.deepEqual(there!.entities, sampleClip("c", 2, 3).entities);
    assert.deepEqual(changed!.entities, replaced.entities);
    const [goneFrames, changedFrames] = await store.frames(["a#0", "b#1"]);
    assert.equal(goneFrames, null);
    assert.deepEqual(changedFrames!.framesPooled, replaced.framesPooled);
  }));

Deno.test("ClipStore.allFrames gives the frames of all clips in the order of the coarse form", () =>
  withStore(async (store, place) => {
    await store.upsert(clipsOf("a", 3));
    await store.upsert(clipsOf("b", 2));
    const clips = await store.coarse({ entities: false });
    // What is committed meanwhile does not count.
    const other = await ClipStore.open(place);
    await other.upsert(clipsOf("c", 1));
    other.close();
    const all = [];
    for await (const portion of store.allFrames(clips)) {
      all.push(...portion.map((clip) => structuredClone(clip)));
    }
    assert.deepEqual(
      all,
      Array.from(clips.clip, (clip, i) => {
        const { video } = clips.videos[clips.video[i]];
        const { frames, frameWeights } = sampleClip(video, clip, video === "a" ? 3 : 2);
        return { frames, frameWeights };
      }),
    );
  }));

Deno.test("ClipStore.allFrames says that another process has replaced the version it reads", () =>
  withStore(async (store, place) => {
    await store.upsert(clipsOf("a", 3));
    const clips = await store.coarse({ entities: false });
    const other = await ClipStore.open(place);
    await other.upsert(clipsOf("b", 2));
    await other.compact();
    other.close();
    await assert.rejects(Array.fromAsync(store.allFrames(clips)), {
      message:
        `Cannot read the index ${place}: another process has replaced what was being read; ` +
        "ask again",
    });
  }));

Deno.test("ClipStore.adopt moves a video in one commit, and can be run again", () =>
  withStore(async (store) => {
    await store.upsert([...clipsOf("a", 3), ...clipsOf("b", 1)]);
    const version = await store.version();
    const move = {
      from: "a",
      to: "n",
      fingerprint: "first",
      path: "new/n.mp4",
      size: 1,
      modified: 2,
      keep: false,
    };
    assert.equal(await store.adopt(move), 3);
    assert.equal(await store.version(), version + 1);
    assert.equal(await store.adopt(move), 0);
    assert.deepEqual(await storedIds(store), ["b#0", "n#0", "n#1", "n#2"]);
    assert.deepEqual(await store.records(["n#2"]), [
      {
        ...sampleClip("a", 2, 3),
        id: "n#2",
        video: "n",
        path: "new/n.mp4",
        size: 1,
        modified: 2,
      },
    ]);
  }));

Deno.test("ClipStore.adopt keeps a copy's original, and touches a file whose time changed", () =>
  withStore(async (store) => {
    // More clips than are in memory at once.
    await store.upsert(clipsOf("a", 150));
    const file = { fingerprint: "first", size: 9 };
    const copy = { ...file, from: "a", to: "b", path: "b.mp4", modified: 8, keep: true };
    assert.equal(await store.adopt(copy), 150);
    const touch = { ...file, from: "a", to: "a", path: "a.mp4", modified: 7, keep: false };
    assert.equal(await store.adopt(touch), 150);
    const { a, b } = Object.fromEntries(await store.videos());
    assert.deepEqual([a.path, a.modified, a.stored.length], ["a.mp4", 7, 150]);
    assert.deepEqual([b.path, b.modified, b.stored.length], ["b.mp4", 8, 150]);
  }));

Deno.test("ClipStore.adopt writes nothing where that content is not stored whole", () =>
  withStore(async (store) => {
    await store.upsert([...clipsOf("a", 3), sampleClip("part", 0, 2)]);
    const version = await store.version();
    const file = { to: "n", path: "n.mp4", size: 1, modified: 2, keep: false };
    assert.equal(await store.adopt({ ...file, from: "a", fingerprint: "second" }), 0);
    assert.equal(await store.adopt({ ...file, from: "part", fingerprint: "first" }), 0);
    assert.equal(await store.adopt({ ...file, from: "none", fingerprint: "first" }), 0);
    assert.equal(await store.version(), version);
  }));

Deno.test("ClipStore.removeVideos removes those videos and counts their clips", () =>
  withStore(async (store) => {
    await store.upsert([...clipsOf("a", 3), ...clipsOf("b", 1), ...clipsOf("it's", 2)]);
    assert.equal(await store.removeVideos(["a", "it's", "none"]), 5);
    assert.equal(await store.removeVideos([]), 0);
    assert.deepEqual(await storedIds(store), ["b#0"]);
  }));

Deno.test("ClipStore.compact leaves the rows alone and one file of them", () =>
  withStore(async (store, place) => {
    for (let i = 0; i < 6; i++) await store.upsert(clipsOf(`v${i}`, 2));
    await store.upsert(clipsOf("v3", 1, { fingerprint: "second" }));
    const ids = await storedIds(store);
    const records = await store.records(ids);
    assert.equal(await store.compactionDue(), true);
    await store.compact();
    assert.equal(await store.compactionDue(), false);
    assert.equal([...Deno.readDirSync(`${place}/clips.lance/data`)].length, 1);
    assert.deepEqual(await store.records(ids), records);
  }));

Deno.test("ClipStore.info counts videos, clips and bytes", () =>
  withStore(async (store, place) => {
    await store.upsert([...clipsOf("a", 4), sampleClip("b", 0, 2)]);
    const info = await store.info();
    assert.deepEqual(info.manifest, MANIFEST);
    assert.deepEqual([info.videos, info.complete, info.clips], [2, 1, 5]);
    const records = await store.records(await storedIds(store));
    const halves = records.reduce((sum, r) => sum + (r.patches?.byteLength ?? 0), 0);
    assert.equal(info.clipBytes.patches, Math.round(halves / 5));
    let bytes = 0;
    for (const folder of ["data", "_versions", "_transactions"]) {
      for (const { name } of Deno.readDirSync(`${place}/clips.lance/${folder}`)) {
        bytes += Deno.statSync(`${place}/clips.lance/${folder}/${name}`).size;
      }
    }
    assert.equal(info.bytes, bytes);
  }));

Deno.test("ClipStore.rebuild empties an index", () =>
  withStore(async (store, place) => {
    await store.upsert(clipsOf("a", 3));
    store.close();
    const again = await ClipStore.rebuild(place, { ...MANIFEST, dim: 16 });
    assert.deepEqual([again.manifest.dim, (await again.videos()).size], [16, 0]);
    again.close();
  }));

Deno.test("ClipStore.rebuild leaves a table alone that is not fovea's", () =>
  withPlace(async (place) => {
    const connection = await lancedb.connect(place);
    const table = await connection.createTable("clips", [{ id: 1 }]);
    await assert.rejects(ClipStore.rebuild(place, MANIFEST), {
      message:
        `Cannot remove the index ${place}: it is not one of fovea's; name another with --index`,
    });
    assert.equal(await table.countRows(), 1);
    table.close();
    connection.close();
  }));

Deno.test("ClipStore takes no file for an index", () =>
  withPlace(async (place) => {
    await Deno.writeTextFile(place, "precious");
    const message = `Cannot open the index ${place}: it is a file, not a folder; ` +
      "name another with --index";
    await assert.rejects(ClipStore.open(place), { message });
    await assert.rejects(ClipStore.openOrCreate(place, MANIFEST), { message });
    await assert.rejects(ClipStore.create(place, MANIFEST), { message });
    await assert.rejects(ClipStore.rebuild(place, MANIFEST), { message });
    assert.equal(await Deno.readTextFile(place), "precious");
  }));

Deno.test({
  name: "ClipStore names another place where the system's folders take no index",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await assert.rejects(
      ClipStore.openOrCreate("/proc/self/index", MANIFEST),
      /^Error: Cannot (open|make) the index \/proc\/self\/index: .*; name another with --index$/,
    );
  },
});
