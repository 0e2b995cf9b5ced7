/**
 * Fills an index until its disk is full: `disk_full_process.ts FOLDER`. The disk is a small one at
 * FOLDER, which only this process sees. Says what the store said, then makes the disk larger and
 * goes on.
 */
import assert from "node:assert/strict";
import { ClipStore } from "../../store/clip_store.ts";
import { MANIFEST, sampleClip } from "./sample_clips.ts";

const [folder] = Deno.args;
const store = await ClipStore.create(`${folder}/index`, MANIFEST);
const thumbnails = [crypto.getRandomValues(new Uint8Array(50_000))];
const clip = (n: number) => sampleClip(`v${n}`, 0, 1, { thumbnails });

/** Every clip that was stored is there, and no other. */
async function assertStored(count: number) {
  const videos = [...(await store.videos()).keys()].sort();
  assert.deepEqual(videos, Array.from({ length: count }, (_, n) => `v${n}`).sort());
  const records = await store.records(videos.map((video) => `${video}#0`));
  for (const { video, thumbnails: [thumbnail] } of records) {
    assert.deepEqual(thumbnail, thumbnails[0], video);
  }
}

let stored = 0;
const full = await (async () => {
  while (true) await store.upsert([clip(stored)]).then(() => stored++);
})().catch((error: Error) => error);
console.log(full.message);
assert(stored > 5);
await assertStored(stored);

const { success } = await new Deno.Command("mount", {
  args: ["-o", "remount,size=64m", folder],
}).output();
assert(success);
await store.upsert([clip(stored++)]);
await assertStored(stored);
await store.compact();
await assertStored(stored);
