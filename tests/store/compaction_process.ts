/**
 * Joins the files of an index whose rows are large, and prints how many megabytes of memory that
 * took beside what the process held before: `compaction_process.ts FOLDER`.
 */
import process from "node:process";
import { ClipStore } from "../../store/clip_store.ts";
import { MANIFEST, sampleClip } from "./sample_clips.ts";

const ROW_BYTES = 1_000_000, COMMIT = 50;

const [folder] = Deno.args;
const store = await ClipStore.create(`${folder}/index`, MANIFEST);
let stored = 0;
async function commit() {
  const clips = Array.from({ length: COMMIT }, () => {
    const thumbnails = [new Uint8Array(ROW_BYTES).fill(stored)];
    return sampleClip(`v${stored++}`, 0, 1, { thumbnails });
  });
  await store.upsert(clips);
}
const peak = () => process.resourceUsage().maxRSS / 1024;

for (let i = 0; i < 8; i++) await commit();
await store.compact(); // into one file of 400 rows
await commit();
const before = peak();
await store.compact();
console.log(JSON.stringify({ megabytes: peak() - before, clips: (await store.videos()).size }));
