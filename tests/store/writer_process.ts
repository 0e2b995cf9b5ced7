/**
 * A process that fills an index, for the tests to kill: `writer_process.ts PLACE VIDEO CLIPS
 * COMPACT_EVERY`. It stores the clips of one video of its own, three a commit, and as many of a
 * video that all processes share. It goes on where an earlier run ended, and says on stdout what is
 * stored, and when it compacts.
 */
import { ClipStore } from "../../store/clip_store.ts";
import { MANIFEST, sampleClip } from "./sample_clips.ts";

const [place, video, clipCount, compactEvery] = Deno.args;
const clips = Number(clipCount);
const store = await ClipStore.openOrCreate(place, MANIFEST);
console.log("open");
const stored = await store.videos();
const missing = Array.from({ length: clips }, (_, clip) => clip)
  .filter((clip) => [video, "shared"].some((id) => !stored.get(id)?.stored.includes(clip)));
for (let commit = 1; missing.length > 0; commit++) {
  const records = missing.splice(0, 3)
    .flatMap((clip) => [sampleClip(video, clip, clips), sampleClip("shared", clip, clips)]);
  await store.upsert(records);
  console.log(`stored ${records.map((record) => record.id).join(" ")}`);
  if (commit % Number(compactEvery) !== 0) continue;
  console.log("compacting");
  await store.compact();
  console.log("compacted");
}
store.close();
