import assert from "node:assert/strict";
import { basename, join } from "node:path";
import { type ClipMap, mapClips } from "../../map/map_clips.ts";
import { drawMap } from "../../map/draw_map.ts";
import { layOut } from "../../map/plane.ts";
import { openIndex, type VideoIndex } from "../../mod.ts";
import { fovea, MODEL } from "../cli/fovea.ts";
import { normals } from "../kernels/random.ts";
import { closeEncoder } from "../media/encode.ts";
import { sampleVideos } from "../media/samples.ts";

/** Six videos, each there three times, of two clips each. */
let made: Promise<string> | undefined;
function home(): Promise<string> {
  return made ??= (async () => {
    const home = await Deno.realPath(await Deno.makeTempDir({ prefix: "fovea-test-" }));
    const videos = join(home, "videos");
    for (const path of await sampleVideos(videos, 6)) {
      const bytes = await Deno.readFile(path);
      for (const copy of ["a", "b"]) {
        // Other bytes, the same pictures: boxes behind the end are passed over.
        const free = Uint8Array.of(0, 0, 0, 9, 0x66, 0x72, 0x65, 0x65, copy.charCodeAt(0));
        await Deno.writeFile(
          path.replace(".mp4", `${copy}.mp4`),
          new Uint8Array([...bytes, ...free]),
        );
      }
    }
    await closeEncoder();
    await using index = await open(home);
    const options = { frames: 2, segment: 1, device: "cpu" } as const;
    await Array.fromAsync(index.add([videos], options));
    return home;
  })();
}

function open(home: string): Promise<VideoIndex> {
  return openIndex(join(home, ".fovea"), { model: MODEL });
}

function apart(a: ClipMap["clips"][number], b: ClipMap["clips"][number]): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

Deno.test("copies of a clip lie together, and the same index gives the same map", async () => {
  await using index = await open(await home());
  const map = await mapClips(index, { query: "red" });
  assert.equal(map.clips.length, 36);
  assert.equal(map.how, "laid out by UMAP");
  for (const { x, y } of map.clips) assert(x >= 0 && x <= 1 && y >= 0 && y <= 1);
  const sameAs = (path: string) => basename(path)[0];
  for (const clip of map.clips) {
    const [nearest] = map.clips
      .filter((it) => it.clip !== clip.clip)
      .sort((a, b) => apart(clip, a) - apart(clip, b));
    assert.equal(sameAs(nearest.path), sameAs(clip.path));
  }
  await using again = await open(await home());
  assert.deepEqual(await mapClips(again, { query: "red" }), map);
});

Deno.test("a query lies among the clips that a search finds", async () => {
  await using index = await open(await home());
  const { clips, query } = await mapClips(index, { query: "red" });
  const { moments } = await index.search("red", { top: 5, only: "picture" });
  assert.deepEqual(query!.best.map(({ clip }) => clip), moments.map(({ clip }) => clip));
  const best = clips.filter(({ clip }) => query!.best.some((it) => it.clip === clip));
  for (const axis of ["x", "y"] as const) {
    assert(query![axis] >= Math.min(...best.map((it) => it[axis])) - 1e-6);
    assert(query![axis] <= Math.max(...best.map((it) => it[axis])) + 1e-6);
  }
});

Deno.test("a map is drawn with all its clips and with pictures of some", async () => {
  await using index = await open(await home());
  const map = await mapClips(index, { query: "<red>" });
  const svg = await drawMap(index, map, "svg");
  const dots = [...svg.matchAll(/class="points"[^>]* d="([^"]*)"/g)].map(([, d]) =>
    d.split("M").length - 1
  );
  assert.equal(dots.reduce((sum, count) => sum + count, 0), map.clips.length);
  assert.equal(svg.split("data-clip=").length - 1, 5);
  assert(svg.includes("36 clips of 18 videos") && svg.includes("“&lt;red&gt;”"));
  const html = await drawMap(index, map, "html");
  const [, json] = /id="data">(.*?)<\/script>/s.exec(html)!;
  const { clips, pictures } = JSON.parse(json);
  assert.deepEqual([clips.length, Object.keys(pictures).length], [36, 36]);
  assert(!/(?:src|href)="(?!#|data:)/.test(html));
});

Deno.test("any number of vectors has a plane", () => {
  const dim = 8;
  for (const total of [1, 2, 3, 15, 16]) {
    const { positions } = layOut(normals(total)(total * dim), dim);
    assert.equal(positions.length, 2 * total);
    assert(positions.every((it) => it >= 0 && it <= 1));
    assert.equal(new Set(positions.values().map(String)).size > 1, total > 1);
  }
  // All alike: nothing to tell apart, and no number that is none.
  const same = layOut(new Float32Array(40 * dim).fill(0.5), dim);
  assert(same.positions.every((it) => it >= 0 && it <= 1));
});

Deno.test("of more vectors than UMAP lays out, each goes to its own group", () => {
  const dim = 8, total = 601, groups = 4;
  const noise = normals(5)(total * dim, 0.05);
  const vectors = noise.map((value, i) =>
    value + (i % dim === Math.floor(i / dim) % groups ? 1 : 0)
  );
  const { positions, how } = layOut(vectors, dim, 201);
  assert.match(how, /^201 of them laid out by UMAP/);
  const middles = Array.from({ length: groups }, (_, group) =>
    [0, 1].map((axis) => {
      let sum = 0;
      for (let r = group; r < total; r += groups) sum += positions[2 * r + axis];
      return sum / Math.ceil((total - group) / groups);
    }));
  for (let r = 0; r < total; r++) {
    const distances = middles.map(([x, y]) =>
      Math.hypot(positions[2 * r] - x, positions[2 * r + 1] - y)
    );
    assert.equal(distances.indexOf(Math.min(...distances)), r % groups);
  }
});

Deno.test("map writes a page, and says in one line what is wrong", async () => {
  const folder = await home();
  const outcome = await fovea(["map", "--query", "red", "--out", "map.html"], folder);
  assert.equal(outcome.code, 0, outcome.stderr);
  assert.equal(outcome.stdout, `${join(folder, "map.html")}\n`);
  assert.match(outcome.stderr, /^36 clips: laid out by UMAP\n$/);
  for (
    const [args, code, message] of [
      [["--out", "map.png"], 2, /Cannot write .*map\.png: .*\.svg or \.html/],
      [["--out", "map.svg", "--index", "none"], 1, /there is none/],
    ] as const
  ) {
    const failed = await fovea(["map", ...args], folder);
    assert.equal(failed.code, code, failed.stderr);
    assert.match(failed.stderr, message);
    assert.equal(failed.stderr.trimEnd().split("\n").length, 1);
  }
});
