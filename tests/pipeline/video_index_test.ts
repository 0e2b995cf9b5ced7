import assert from "node:assert/strict";
import { fileURLToPath, pathToFileURL } from "node:url";
import { join } from "node:path";
import { fingerprintFile } from "../../files/fingerprint.ts";
import { type IndexEvent, type IndexSummary, openIndex } from "../../mod.ts";
import { ClipStore } from "../../store/clip_store.ts";
import { sampleVideos } from "../media/samples.ts";

const model = fileURLToPath(new URL("../vectors/clip/clip-tiny-quickgelu", import.meta.url));

/** Native addons keep threads and files for as long as the process lives. */
const ADDONS_STAY = { sanitizeOps: false, sanitizeResources: false };

Deno.test({
  name: "files whose names were rotated are stored with their own content",
  ...ADDONS_STAY,
  fn: async () => {
    const home = await folder();
    const videos = await sampleVideos(join(home, "videos"), 6);
    await add(home);
    await Deno.rename(videos[0], join(home, "aside"));
    for (let i = 1; i < videos.length; i++) await Deno.rename(videos[i], videos[i - 1]);
    await Deno.rename(join(home, "aside"), videos.at(-1)!);
    const { moved, indexed } = summary(await add(home));
    assert.equal(moved + indexed, 6);
    await assertStored(home, videos);
    assert.equal(summary(await add(home)).unchanged, 6);
  },
});

Deno.test({
  name: "a file that was renamed is kept by a run that prunes",
  ...ADDONS_STAY,
  fn: async () => {
    const home = await folder();
    const videos = await sampleVideos(join(home, "videos"), 6);
    await add(home);
    const renamed = join(home, "videos", "renamed.mp4");
    await Deno.rename(videos[0], renamed);
    await Deno.remove(videos[1]);
    const { moved, pruned, indexed } = summary(await add(home, { confirmPrune: () => true }));
    assert.deepEqual({ moved, pruned, indexed }, { moved: 1, pruned: 1, indexed: 0 });
    await assertStored(home, [renamed, ...videos.slice(2)]);
  },
});

Deno.test({
  name: "who stops listening finds stored what was encoded",
  ...ADDONS_STAY,
  fn: async () => {
    const home = await folder();
    await sampleVideos(join(home, "videos"), 6);
    let clips = 0;
    {
      await using index = await openIndex(join(home, ".fovea"), { model });
      for await (const event of index.add([join(home, "videos")], { segment: 0.5 })) {
        if (event.kind === "progress") clips += event.clips;
        if (clips >= 3) break;
      }
      assert((await index.info()).clips >= 3);
    }
    const { failed, clips: rest } = summary(await add(home));
    assert.equal(failed, 0);
    assert(rest <= 24 - clips, `${rest} clips were encoded after ${clips} of 24`);
  },
});

Deno.test({
  name: "a failing --rebuild leaves the index as it was",
  ...ADDONS_STAY,
  fn: async () => {
    const home = await folder();
    const videos = await sampleVideos(join(home, "videos"), 2);
    await add(home);
    const cut = join(home, "cut");
    await Deno.mkdir(cut);
    for (const name of ["config.json", "tokenizer.json", "model.safetensors"]) {
      await Deno.copyFile(join(model, name), join(cut, name));
    }
    await Deno.truncate(join(cut, "model.safetensors"), 10_000);
    for (
      const [paths, other] of [[[join(home, "videos")], cut], [
        [join(home, "nowhere")],
        model,
      ]] as const
    ) {
      await using index = await openIndex(join(home, ".fovea"), { model: other });
      await assert.rejects(Array.fromAsync(index.add(paths, { rebuild: true })), /^Error: Cannot /);
    }
    await assertStored(home, videos);
  },
});

Deno.test({
  name: "a damaged index says so, and --rebuild makes it anew",
  ...ADDONS_STAY,
  fn: async () => {
    const home = await folder();
    const videos = await sampleVideos(join(home, "videos"), 2);
    await add(home);
    const versions = join(home, ".fovea", "clips.lance", "_versions");
    for await (const { name } of Deno.readDir(versions)) {
      await Deno.writeFile(join(versions, name), crypto.getRandomValues(new Uint8Array(99)));
    }
    await using index = await openIndex(join(home, ".fovea"), { model });
    await assert.rejects(index.search("red"), /damaged.*--rebuild/);
    await Array.fromAsync(index.add([join(home, "videos")], { rebuild: true }));
    assert.equal((await index.search("red")).moments.length, 2);
    await assertStored(home, videos);
  },
});

Deno.test({
  name: "damaged tables beside that of the clips cost no video, and --rebuild mends them",
  ...ADDONS_STAY,
  fn: async () => {
    const home = await folder();
    const videos = await sampleVideos(join(home, "videos"), 2);
    await Deno.writeTextFile(
      videos[0].replace(/mp4$/, "srt"),
      "1\n00:00:00,000 --> 00:00:01,000\nhello there\n",
    );
    await add(home);
    {
      await using index = await openIndex(join(home, ".fovea"), { model });
      await index.alerts.add("red");
    }
    for (const table of ["subtitles", "alerts"]) {
      const data = join(home, ".fovea", `${table}.lance`, "data");
      for await (const { name } of Deno.readDir(data)) await Deno.truncate(join(data, name), 0);
    }
    const notices = (events: readonly IndexEvent[]) =>
      events.flatMap((event) => event.kind === "notice" ? [event.message] : []);

    const kept = await add(home);
    assert.equal(summary(kept).unchanged, 2);
    assert.match(notices(kept).join("\n"), /^Cannot read the index .* damaged .*--rebuild$/);
    const rebuilt = await add(home, { rebuild: true });
    assert.equal(summary(rebuilt).indexed, 2);
    assert.match(notices(rebuilt).join("\n"), /^The saved searches cannot be read and are gone/);
    await using index = await openIndex(join(home, ".fovea"), { model });
    const { moments } = await index.search({ texts: ["hello there"] }, { only: "speech" });
    assert.equal(moments[0].video, videos[0]);
  },
});

Deno.test({
  name: "an index is the same by its path and by its URI",
  ...ADDONS_STAY,
  fn: async () => {
    const home = await folder();
    const videos = await sampleVideos(join(home, "videos"), 2);
    await add(home);
    await using index = await openIndex(pathToFileURL(join(home, ".fovea")).href, { model });
    const { moments } = await index.search("red");
    assert.deepEqual(moments.map(({ video }) => video).sort(), videos);
    const again = await Array.fromAsync(index.add([join(home, "videos")]));
    assert.equal(summary(again).unchanged, 2);
  },
});

Deno.test({
  name: "a filter takes no glob that could be tried for ever",
  ...ADDONS_STAY,
  fn: async () => {
    const home = await folder();
    await sampleVideos(join(home, "videos".repeat(12)), 1);
    await using index = await openIndex(join(home, ".fovea"), { model });
    await Array.fromAsync(index.add([home]));
    const found = async (path: string) => (await index.search("red", { path })).moments.length;
    assert.equal(await found(`${"*?".repeat(40)}~`), 0);
    assert.equal(await found(`**/*d*s/*?*4`), 1);
    await assert.rejects(found("*a*b*c*d*e*f*g~"), {
      name: "RangeError",
      message: "Cannot filter by the path *a*b*c*d*e*f*g~: expected at most 6 stars but found 7",
    });
  },
});

Deno.test({
  name: "remove takes out what lies beneath a folder, through links too",
  ...ADDONS_STAY,
  fn: async () => {
    const home = await folder();
    await sampleVideos(join(home, "a", "videos"), 2);
    const outside = await sampleVideos(join(home, "b"), 3);
    await Deno.symlink(join(home, "a"), join(home, "link"));
    await using index = await openIndex(join(home, "link", ".fovea"), { model });
    await Array.fromAsync(index.add([join(home, "link"), join(home, "b")]));
    assert.equal((await index.info()).videos, 5);
    assert.equal(await index.remove(join(home, "link", "videos")), 2);
    assert.equal(await index.remove(join(home, "a")), 0);
    const { moments } = await index.search("red");
    assert.deepEqual(moments.map(({ video }) => video).sort(), outside);
  },
});

async function folder(): Promise<string> {
  return await Deno.realPath(await Deno.makeTempDir({ prefix: "fovea-test-" }));
}

async function add(
  home: string,
  options: { confirmPrune?: () => boolean; rebuild?: boolean } = {},
): Promise<IndexEvent[]> {
  await using index = await openIndex(join(home, ".fovea"), { model });
  return await Array.fromAsync(index.add([join(home, "videos")], options));
}

function summary(events: readonly IndexEvent[]): IndexSummary {
  const last = events.at(-1)!;
  assert.equal(last.kind, "summary");
  return last as IndexSummary;
}

/** Checks that exactly these files are stored, each from its own content. */
async function assertStored(home: string, files: readonly string[]): Promise<void> {
  const store = await ClipStore.open(join(home, ".fovea"));
  const stored = [...(await store.videos()).values()];
  store.close();
  const expected = await Promise.all(files.map(async (path) => ({
    path: path.slice(home.length + 1),
    fingerprint: await fingerprintFile(path),
  })));
  const byPath = (a: { path: string }, b: { path: string }) => a.path < b.path ? -1 : 1;
  assert.deepEqual(
    stored.map(({ path, fingerprint }) => ({ path, fingerprint })).sort(byPath),
    expected.sort(byPath),
  );
}
