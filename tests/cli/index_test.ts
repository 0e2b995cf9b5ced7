import assert from "node:assert/strict";
import { join } from "node:path";
import { sampleVideos } from "../media/samples.ts";
import { fovea, lines, MODEL, startAlone } from "./fovea.ts";

const INDEX = ["index", "--model", MODEL, "--device", "cpu", "--json"];

Deno.test("index takes a folder, and a second run does nothing", async () => {
  const home = await folder();
  await sampleVideos(join(home, "videos"), 3);

  const first = await fovea([...INDEX, "videos"], home);
  assert.equal(first.code, 0, first.stderr);
  const objects = lines(first);
  assert.deepEqual(
    objects.slice(0, 3).map(({ video, clips }) => [video, clips]).sort(),
    [0, 1, 2].map((i) => [join(home, "videos", `${i}.mp4`), 1]),
  );
  const { seconds: _, ...summary } = objects[3];
  assert.deepEqual(summary, {
    indexed: 3,
    unchanged: 0,
    moved: 0,
    pruned: 0,
    failed: 0,
    clips: 3,
    model: MODEL,
    device: "cpu",
    decoder: "native",
  });

  // Neither the model nor any other setting is needed again.
  const second = await fovea(["index", "--json", "videos"], home);
  assert.equal(second.code, 0, second.stderr);
  assert.deepEqual(
    lines(second).map(({ indexed, unchanged, decoder }) => ({ indexed, unchanged, decoder })),
    [{ indexed: 0, unchanged: 3, decoder: null }],
  );

  const info = JSON.parse((await fovea(["info", "--json"], home)).stdout);
  assert.deepEqual([info.videos, info.clips, info.model, info.heads], [3, 3, MODEL, null]);
});

Deno.test("paths and the index are relative to the folder of the caller", async () => {
  const home = await folder();
  await sampleVideos(join(home, "a", "videos"), 1);
  await Deno.mkdir(join(home, "b"));
  const indexed = await fovea(
    [...INDEX, "../a/videos", "--index", "../c/index"],
    join(home, "b"),
  );
  assert.equal(indexed.code, 0, indexed.stderr);
  assert.equal(lines(indexed)[0].video, join(home, "a", "videos", "0.mp4"));
  assert((await Deno.stat(join(home, "c", "index"))).isDirectory);
});

Deno.test("an index and its videos can be moved together", async () => {
  const home = await folder();
  await sampleVideos(join(home, "drive", "videos"), 1);
  await fovea([...INDEX, "videos"], join(home, "drive"));
  await Deno.rename(join(home, "drive"), join(home, "mounted"));
  const query = await fovea(["query", "red", "--json"], join(home, "mounted"));
  assert.equal(lines(query)[0].results[0].video, join(home, "mounted", "videos", "0.mp4"));
  const again = await fovea(["index", "--json", "videos"], join(home, "mounted"));
  assert.equal(lines(again)[0].unchanged, 1, again.stderr);
});

Deno.test("a moved or copied file is not encoded again, a changed one is replaced", async () => {
  const home = await folder();
  const [first, second, third] = await sampleVideos(join(home, "videos"), 3);
  await fovea([...INDEX, "videos"], home);

  const moved = join(home, "videos", "moved.mp4"), copy = join(home, "videos", "copy.mp4");
  await Deno.rename(first, moved);
  await Deno.copyFile(second, copy);
  await Deno.writeFile(third, await Deno.readFile((await sampleVideos(join(home, "x"), 4))[3]));
  const outcome = await fovea([...INDEX, "videos"], home);
  const { indexed, unchanged, moved: recognised, clips } = lines(outcome).at(-1);
  assert.deepEqual({ indexed, unchanged, recognised, clips }, {
    indexed: 1,
    unchanged: 1,
    recognised: 2,
    clips: 1,
  });

  const found = lines(await fovea(["query", "red", "--json", "--top", "99"], home))[0].results;
  assert.deepEqual(
    found.map(({ video }: { video: string }) => video).sort(),
    [second, third, copy, moved].sort(),
  );
});

Deno.test("files that fail say why in one line, and the others are in", async () => {
  const home = await folder();
  const videos = join(home, "videos");
  const [good] = await sampleVideos(videos, 1);
  const bytes = await Deno.readFile(good);
  await Deno.writeFile(join(videos, "empty.mp4"), new Uint8Array());
  await Deno.writeTextFile(join(videos, "not a video.mp4"), "once upon a time\n".repeat(99));
  await Deno.writeFile(join(videos, "cut.mp4"), bytes.subarray(0, 900));
  await Deno.copyFile(good, join(videos, `it's "quoted" 100 %\nand two lines.mp4`));
  await Deno.symlink(videos, join(videos, "loop"));

  const outcome = await fovea([...INDEX, "videos", "nowhere.mp4"], home);
  assert.equal(outcome.code, 1);
  const objects = lines(outcome);
  const failed = objects.filter(({ error }) => error);
  assert.deepEqual(
    failed.map(({ video }) => video).sort(),
    ["nowhere.mp4", "videos/cut.mp4", "videos/empty.mp4", "videos/not a video.mp4"]
      .map((name) => join(home, name)),
  );
  for (const { video, error } of failed) {
    assert(error.startsWith("Cannot ") && error.includes(video), error);
    assert(!error.includes("\n"), error);
  }
  assert.equal(objects.at(-1).indexed, 2);
  assert.equal(objects.at(-1).failed, 4);
});

Deno.test("--prune drops what is gone, but not because a drive is missing", async () => {
  const home = await folder();
  const videos = await sampleVideos(join(home, "videos"), 10);
  const outside = await sampleVideos(join(home, "outside"), 12);
  // What a system hides in a folder does not make it one that holds something.
  await Deno.writeTextFile(join(home, "videos", ".hidden"), "");
  await fovea([...INDEX, "videos", "outside/10.mp4", "outside/11.mp4"], home);
  const pruned = async (code = 0) => {
    const outcome = await fovea([...INDEX, "--prune", "videos"], home);
    assert.equal(outcome.code, code, outcome.stderr);
    return { pruned: lines(outcome).at(-1).pruned, said: outcome.stderr };
  };

  // Not beneath a path that was given.
  await Deno.remove(outside[10]);
  assert.deepEqual(await pruned(), { pruned: 0, said: "" });
  await Deno.remove(videos[0]);
  assert.deepEqual(await pruned(), { pruned: 1, said: "" });
  // More than one in ten: there is nobody to ask, so nothing is dropped.
  await Deno.remove(videos[1]);
  await Deno.remove(videos[2]);
  const asked = await pruned(1);
  assert.equal(asked.pruned, 0);
  assert.match(asked.said, /^Drop 2 of 9 .*\? No; run it on a terminal to be asked\n$/);
  for (const video of videos.slice(3)) await Deno.remove(video);
  const empty = await pruned();
  assert.equal(empty.pruned, 0);
  assert.match(empty.said, /^Dropping nothing below .*videos: it is empty or not there; .*\?\n$/);
  const { videos: kept } = JSON.parse((await fovea(["info", "--json"], home)).stdout);
  assert.equal(kept, 11);
});

Deno.test("remove takes out a file or a folder", async () => {
  const home = await folder();
  const videos = await sampleVideos(join(home, "videos"), 3);
  await fovea([...INDEX, "videos"], home);
  assert.equal((await fovea(["remove", "videos/0.mp4"], home)).code, 0);
  assert.match((await fovea(["remove", "videos"], home)).stdout, /2 videos removed/);
  assert.equal((await fovea(["remove", "videos"], home)).code, 1);
  assert((await Deno.stat(videos[0])).isFile);
});

Deno.test("an index keeps its model and settings, --rebuild makes it anew", async () => {
  const home = await folder();
  await sampleVideos(join(home, "videos"), 1);
  await fovea([...INDEX, "videos"], home);
  const other = MODEL.replace("quickgelu", "gelu");
  const model = await fovea(["index", "--model", other, "videos"], home);
  assert.equal(model.code, 2);
  for (const text of [MODEL, other, "--rebuild"]) assert(model.stderr.includes(text), model.stderr);
  const frames = await fovea(["index", "--frames", "5", "videos"], home);
  assert.match(frames.stderr, /frames 12, not 5.*--rebuild/);

  const rebuilt = await fovea(
    ["index", "--model", other, "--frames", "5", "--rebuild", "--json", "videos"],
    home,
  );
  assert.equal(lines(rebuilt).at(-1).indexed, 1, rebuilt.stderr);
  assert.match((await fovea(["info"], home)).stdout, /5 a clip/);
  // Anew is as if there had been none: what is not said again is not kept.
  const again = await fovea(["index", "--model", MODEL, "--rebuild", "videos"], home);
  assert.equal(again.code, 0, again.stderr);
  assert.match((await fovea(["info"], home)).stdout, /12 a clip/);
});

Deno.test("a model of another name is refused before it is looked for", async () => {
  const home = await folder();
  await sampleVideos(join(home, "videos"), 1);
  await fovea(["index", "--model", "mini", "videos"], home);
  const { code, stderr } = await fovea(["index", "--model", "clip-vit-b-32", "videos"], home);
  assert.equal(code, 2);
  assert.match(stderr, /made with the model mini, not clip-vit-b-32; --rebuild makes it anew/);
});

Deno.test("a model that is not to be had does not hide what the index was made with", async () => {
  const home = await folder();
  await sampleVideos(join(home, "videos"), 1);
  await fovea([...INDEX, "videos"], home);
  Deno.env.set("HF_HUB_OFFLINE", "1");
  Deno.env.set("HF_HOME", join(home, "empty"));
  Deno.env.set("FOVEA_CACHE", join(home, "none"));
  try {
    const { code, stderr } = await fovea(["index", "--model", "clip-vit-b-32", "videos"], home);
    assert.equal(code, 1);
    assert.match(stderr, /^error: Cannot get the model "clip-vit-b-32".*; the index was made with/);
    for (const text of [MODEL, "--rebuild"]) assert(stderr.includes(text), stderr);
  } finally {
    for (const name of ["HF_HUB_OFFLINE", "HF_HOME", "FOVEA_CACHE"]) Deno.env.delete(name);
  }
});

Deno.test("wrong usage ends with 2", async () => {
  const home = await folder();
  await sampleVideos(join(home, "videos"), 1);
  const wrong = [
    ["index"],
    ["index", ""],
    ["index", "videos", "--index", ""],
    ["index", "videos", "--model", ""],
    ["index", "videos", "--exclude", ""],
    ["index", "videos", "--frames", "0"],
    ["index", "videos", "--model", MODEL, "--frames", "257"],
    ["index", "videos", "--model", "hf:someone"],
    ["index", "videos", "--segment", "0.4"],
    ["index", "videos", "--shard", "2/2"],
    ["index", "videos", "--colour"],
    ["query"],
    ["query", "--not", "red"],
    ["query", "-", "red"],
    ["query", "--image", ""],
    ["query", "red", "--path", ""],
    ["query", "red", "--after", "soon"],
    ["query", "red", "--after", "5"],
    ["remove", ""],
  ];
  for (const args of wrong) {
    const outcome = await fovea(args, home);
    assert.equal(outcome.code, 2, `${args}: ${outcome.stderr}`);
    assert.equal(outcome.stdout, "");
    assert.match(outcome.stderr, /^error: [^\n]+\n$/, String(args));
  }
  const segment = await fovea(["index", "videos", "--segment", "short"], home);
  assert.match(segment.stderr, /auto, whole, or at least 0.5 seconds/);
  const unknown = await fovea(["index", "--model", "clip-vit-b-99", "videos"], home);
  assert.equal(unknown.code, 2);
  assert.match(
    unknown.stderr,
    /^error: .*clip-vit-b-99.* It is no folder, and the names are mini, .*\n$/,
  );
  const none = await fovea(["query", "red"], home);
  assert.match(none.stderr, /^error: Cannot open the index .*: there is none.*\n$/);
});

Deno.test("two shards fill one index at once", async () => {
  const home = await folder();
  await sampleVideos(join(home, "videos"), 8);
  const shards = await Promise.all(
    ["0/2", "1/2"].map((shard) => fovea([...INDEX, "--shard", shard, "videos"], home)),
  );
  for (const { code, stderr } of shards) assert.equal(code, 0, stderr);
  const indexed = shards.map((shard) => lines(shard).at(-1).indexed);
  assert(indexed.every((count) => count > 0), String(indexed));
  const info = JSON.parse((await fovea(["info", "--json"], home)).stdout);
  assert.deepEqual([info.videos, info.clips], [8, 8]);
});

Deno.test("two processes index the same files at once, each clip once", async () => {
  const home = await folder();
  await sampleVideos(join(home, "videos"), 6);
  const both = await Promise.all([1, 2].map(() => fovea([...INDEX, "videos"], home)));
  for (const { code, stderr } of both) assert.equal(code, 0, stderr);
  const info = JSON.parse((await fovea(["info", "--json"], home)).stdout);
  assert.deepEqual([info.videos, info.clips], [6, 6]);
});

Deno.test("Ctrl-C keeps what is encoded and ends with 130", async () => {
  const home = await folder();
  await sampleVideos(join(home, "videos"), 40);
  const child = startAlone([...INDEX, "--segment", "0.5", "videos"], home);
  // The first line comes with the first commit; most clips are left by then.
  const stdout = child.stdout.values({ preventCancel: true });
  await stdout.next();
  child.kill("SIGINT");
  while (!(await stdout.next()).done);
  assert.equal((await child.status).code, 130);
  const { clips: stored } = JSON.parse((await fovea(["info", "--json"], home)).stdout);
  assert(stored >= 32 && stored < 160, String(stored));
  const again = await fovea([...INDEX, "--segment", "0.5", "videos"], home);
  assert.equal(again.code, 0, again.stderr);
  const { clips } = JSON.parse((await fovea(["info", "--json"], home)).stdout);
  assert.equal(clips, 160);
});

Deno.test("a scheduler's SIGTERM ends in order too, with 143", async () => {
  const home = await folder();
  await sampleVideos(join(home, "videos"), 40);
  const child = startAlone([...INDEX, "--segment", "0.5", "videos"], home);
  const stdout = child.stdout.values({ preventCancel: true });
  await stdout.next();
  child.kill("SIGTERM");
  while (!(await stdout.next()).done);
  assert.equal((await child.status).code, 143);
  const { clips } = JSON.parse((await fovea(["info", "--json"], home)).stdout);
  assert(clips >= 32 && clips < 160, String(clips));
});

async function folder(): Promise<string> {
  return await Deno.realPath(await Deno.makeTempDir({ prefix: "fovea-test-" }));
}
