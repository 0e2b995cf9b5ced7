/**
 * How fast the store is. 1,000 and 10,000 clips are of full size: 12 frames and 74 entities of 512
 * halves, 90 KB each. With `FOVEA_BENCH_LARGE=1` also 300,000 clips (4 GB on disk), of one frame
 * and eight entities, since 74 would be 26 GB: the coarse form and the videos do not read them.
 *
 * @module
 */
import { ClipStore } from "../../store/clip_store.ts";
import { clipId } from "../../store/record.ts";
import { emptyIndex, syntheticClip, syntheticIndex } from "../synthetic_index.ts";

const FULL = { frames: 12, entities: 74 };
const indexes: [clips: number, size: typeof FULL][] = [[1000, FULL], [10_000, FULL]];
if (Deno.env.get("FOVEA_BENCH_LARGE")) indexes.push([300_000, { frames: 1, entities: 8 }]);

{
  const { store, remove } = await emptyIndex();
  let next = 0;
  Deno.bench("insert a commit of 32 clips, synced", { group: "insert", n: 20 }, async (bench) => {
    const clips = Array.from({ length: 32 }, (_, i) => syntheticClip(next + i, FULL));
    next += clips.length;
    bench.start();
    await store.upsert(clips);
    bench.end();
  });
  globalThis.addEventListener("unload", () => void remove());
}

for (const [clips, size] of indexes) {
  const group = `${clips} clips`;
  const store = await syntheticIndex(clips, size);
  Deno.bench(`${group}: open`, { group }, async () => {
    (await ClipStore.open(store.place)).close();
  });
  Deno.bench(`${group}: what is stored of each video`, { group }, async () => {
    await store.videos();
  });
  for (const entities of [false, true]) {
    const what = entities ? "u + e" : "u alone";
    Deno.bench(`${group}: coarse form, ${what}`, { group, n: 5, warmup: 1 }, async (bench) => {
      const fresh = await ClipStore.open(store.place);
      bench.start();
      await fresh.coarse({ entities });
      bench.end();
      fresh.close();
    });
  }
  const fresh = await ClipStore.open(store.place, { cacheBytes: 0 });
  const coarse = await fresh.coarse({ entities: false });
  const some = (count: number) =>
    Array.from({ length: count }, () => {
      const i = Math.floor(Math.random() * clips);
      return clipId(coarse.videos[coarse.video[i]].video, coarse.clip[i]);
    });
  Deno.bench(`${group}: entities of 100 candidates, not in memory`, { group }, async () => {
    await fresh.entities(some(100));
  });
  Deno.bench(`${group}: frames of 10 results`, { group }, async () => {
    await fresh.frames(some(10));
  });
  const known = some(100);
  await store.coarse({ entities: false });
  Deno.bench(`${group}: entities of 100 candidates, in memory`, { group }, async () => {
    await store.entities(known);
  });
}
