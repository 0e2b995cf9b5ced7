import assert from "node:assert/strict";
import { join } from "node:path";
import { sampleVideos } from "../media/samples.ts";
import { fovea, lines, MODEL, startAlone } from "./fovea.ts";

const KILLS = 50;
const VIDEOS = 24;
const CLIPS = 4 * VIDEOS;

Deno.test("killed fifty times at any moment, an index ends up with every clip once", async () => {
  const home = await Deno.realPath(await Deno.makeTempDir({ prefix: "fovea-test-" }));
  await sampleVideos(join(home, "videos"), VIDEOS);
  const index = ["index", "--model", MODEL, "--device", "cpu", "--segment", "0.5", "videos"];

  let completed = 0;
  for (let kills = 0; kills < KILLS;) {
    const child = startAlone(index, home);
    const drained = child.stdout.pipeTo(new WritableStream());
    const killer = setTimeout(() => child.kill("SIGKILL"), 250 + 1150 * Math.random());
    const { signal, code } = await child.status;
    clearTimeout(killer);
    await drained;
    if (signal === "SIGKILL") {
      kills++;
      continue;
    }
    // It was done before it was killed: compaction is behind it too. Begin again.
    assert.equal(code, 0);
    await assertWhole(home);
    await Deno.remove(join(home, ".fovea"), { recursive: true });
    completed++;
  }
  const last = await fovea([...index, "--json"], home);
  assert.equal(last.code, 0, last.stderr);
  await assertWhole(home);
  console.log(`${KILLS} kills over ${completed + 1} indexes`);
});

async function assertWhole(home: string): Promise<void> {
  const { videos, clips } = JSON.parse((await fovea(["info", "--json"], home)).stdout);
  assert.deepEqual([videos, clips], [VIDEOS, CLIPS]);
  const query = await fovea(["query", "red", "--top", String(2 * CLIPS), "--json"], home);
  const found: { video: string; start: number }[] = lines(query)[0].results;
  assert.equal(new Set(found.map(({ video, start }) => `${video} ${start}`)).size, CLIPS);
}
