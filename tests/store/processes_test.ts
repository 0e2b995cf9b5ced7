import assert from "node:assert/strict";
import { assertIntact, Writer } from "./writer.ts";

async function withPlace(test: (place: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(`${folder}/index`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("processes that make and fill one index at once all succeed", () =>
  withPlace(async (place) => {
    const writers = ["a", "b", "c"].map((video) => new Writer(place, video, 30, 4));
    await Promise.all(writers.map((writer) => writer.run()));
    const store = await assertIntact(place, writers.flatMap((it) => [...it.acknowledged]));
    const videos = await store.videos();
    for (const video of ["a", "b", "c", "shared"]) {
      assert.equal(videos.get(video)?.stored.length, 30, video);
    }
    store.close();
  }));

Deno.test("24 processes killed at random moments, half of them compacting, lose and double nothing", () =>
  withPlace(async (place) => {
    const clips = 240;
    const acknowledged = new Set<string>();
    let killedCompacting = 0;
    for (let round = 0; round < 12; round++) {
      const writers = ["a", "b"].map((video) => new Writer(place, video, clips, 3));
      await Promise.all(writers.map((writer, i) => {
        const compacting = (round + i) % 2 === 0;
        return writer.run({
          // The first rounds also kill while the index is being made.
          at: compacting ? /^compacting/ : round < 3 ? /^open/ : /^(open|stored)/,
          line: compacting ? 1 : 1 + Math.floor(Math.random() * 4),
          after: Math.random() * 30,
        });
      }));
      for (const { acknowledged: ids } of writers) for (const id of ids) acknowledged.add(id);
      killedCompacting += writers.filter((writer) => writer.killedCompacting).length;
      (await assertIntact(place, acknowledged)).close();
    }
    assert(killedCompacting > 0, "no process was killed while it compacted");
    const writers = ["a", "b"].map((video) => new Writer(place, video, clips, 10));
    await Promise.all(writers.map((writer) => writer.run()));
    const store = await assertIntact(place, acknowledged);
    const videos = await store.videos();
    for (const video of ["a", "b", "shared"]) assert.equal(videos.get(video)?.stored.length, clips);
    // What the killed ones left behind goes with the next compaction that finds nobody writing.
    await store.compact();
    store.close();
    assert.equal([...Deno.readDirSync(`${place}/clips.lance/data`)].length, 1);
  }));
