import assert from "node:assert/strict";
import { ClipStore } from "../../store/clip_store.ts";
import { MANIFEST, sampleClip } from "./sample_clips.ts";

/** What can happen to the files of an index, and what says so first. */
const DAMAGE: readonly {
  readonly what: string;
  readonly folder: "data" | "_versions";
  readonly harm: (path: string, size: number) => void;
}[] = [
  {
    what: "data files that are cut short",
    folder: "data",
    harm: (path, size) => Deno.truncateSync(path, size / 2),
  },
  { what: "empty data files", folder: "data", harm: (path) => Deno.truncateSync(path, 0) },
  {
    what: "garbage for data",
    folder: "data",
    harm: (path, size) => Deno.writeFileSync(path, new Uint8Array(size).fill(77)),
  },
  {
    what: "garbage before a data file's end",
    folder: "data",
    harm: (path, size) => {
      const bytes = Deno.readFileSync(path);
      Deno.writeFileSync(path, bytes.fill(255, 0, size - 200));
    },
  },
  { what: "missing data files", folder: "data", harm: (path) => Deno.removeSync(path) },
  { what: "missing versions", folder: "_versions", harm: (path) => Deno.removeSync(path) },
  {
    what: "versions that are cut short",
    folder: "_versions",
    harm: (path) => Deno.truncateSync(path, 30),
  },
  {
    what: "garbage for versions",
    folder: "_versions",
    harm: (path) => Deno.writeFileSync(path, new Uint8Array(500).fill(77)),
  },
];

for (const { what, folder, harm } of DAMAGE) {
  Deno.test(`an index with ${what} says so in one line and can be rebuilt`, async () => {
    const parent = await Deno.makeTempDir();
    const place = `${parent}/index`;
    let store = await ClipStore.create(place, MANIFEST);
    await store.upsert([sampleClip("a", 0, 2), sampleClip("a", 1, 2)]);
    store.close();
    for (const { name } of [...Deno.readDirSync(`${place}/clips.lance/${folder}`)]) {
      const path = `${place}/clips.lance/${folder}/${name}`;
      harm(path, Deno.statSync(path).size);
    }
    const oneLine = (doing: string) => (error: unknown) => {
      assert(error instanceof Error);
      assert(error.message.startsWith(`Cannot ${doing} the index ${place}: it is damaged (`));
      assert(error.message.endsWith("); make it anew with --rebuild"));
      assert(!error.message.includes("\n"));
      return true;
    };
    if (folder === "_versions") {
      await assert.rejects(ClipStore.open(place), oneLine("open"));
      await assert.rejects(ClipStore.openOrCreate(place, MANIFEST), oneLine("open"));
    } else {
      store = await ClipStore.open(place);
      await assert.rejects(store.videos(), oneLine("read"));
      await assert.rejects(store.coarse({ entities: true }), oneLine("read"));
      await assert.rejects(store.entities(["a#0"]), oneLine("read"));
      await assert.rejects(store.upsert([sampleClip("b", 0, 1)]), oneLine("write"));
      store.close();
    }
    store = await ClipStore.rebuild(place, MANIFEST);
    await store.upsert([sampleClip("b", 0, 1)]);
    assert.deepEqual([...(await store.videos()).keys()], ["b"]);
    store.close();
    await Deno.remove(parent, { recursive: true });
  });
}

Deno.test("what was killed while making an index is no index yet", async () => {
  const place = await Deno.makeTempDir();
  await Deno.mkdir(`${place}/clips.lance/_versions`, { recursive: true });
  assert.equal(await ClipStore.openIfAny(place), undefined);
  (await ClipStore.openOrCreate(place, MANIFEST)).close();
  (await ClipStore.open(place)).close();
  await Deno.remove(place, { recursive: true });
});
