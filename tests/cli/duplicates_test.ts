import assert from "node:assert/strict";
import { join } from "node:path";
import { closeEncoder, encode } from "../media/encode.ts";
import { sampleVideos } from "../media/samples.ts";
import { fovea, lines, MODEL } from "./fovea.ts";

const INDEX = ["index", "--model", MODEL, "--device", "cpu", "--json", "videos"];

/** Six videos that differ, and two of them again: one encoded anew and smaller, one longer. */
async function prepare(): Promise<string> {
  const home = await Deno.realPath(await Deno.makeTempDir({ prefix: "fovea-test-" }));
  const videos = await sampleVideos(join(home, "videos"), 6);
  const worse = ["-i", "input", "-vf", "scale=64:42", "-c:v", "libx264", "-crf", "32", "-an"];
  const copy = await encode([...worse, "-pix_fmt", "yuv420p"], "mkv", videos[2]);
  await Deno.copyFile(copy, join(home, "videos", "copy.mkv"));
  const twice = ["-i", "input", "-vf", "setpts=2*PTS", "-c:v", "libx264", "-pix_fmt", "yuv420p"];
  const slow = await encode(twice, "mp4", videos[4]);
  await Deno.copyFile(slow, join(home, "videos", "slow.mp4"));
  const outcome = await fovea(INDEX, home);
  assert.equal(outcome.code, 0, outcome.stderr);
  return home;
}

let prepared: Promise<string> | undefined;

Deno.test("duplicates lists near-identical clips, with what they share", async () => {
  const home = await (prepared ??= prepare());
  const outcome = await fovea(["duplicates", "--json"], home);
  assert.equal(outcome.code, 0, outcome.stderr);
  const groups = lines(outcome);
  const names = groups.map(({ clips }) =>
    clips.map(({ video }: { video: string }) => video.split("/").at(-1)).sort()
  );
  // One twice as long is another clip.
  assert.deepEqual(names, [["2.mp4", "copy.mkv"]]);
  for (const { start, end, cosine } of groups[0].clips) {
    assert.deepEqual([start, end > 1.9 && end < 2.1], [0, true]);
    assert(cosine > 0.95 && cosine <= 1, String(cosine));
  }
  const printed = await fovea(["duplicates"], home);
  assert.match(printed.stdout, /^1\.000 {2}0:00\.0–0:02\.\d {2}\/.*\n0\.9\d\d {2}/);
});

Deno.test("--dedupe keeps the better of near-identical clips", async () => {
  const home = await (prepared ??= prepare());
  const query = async (...args: string[]) => {
    const outcome = await fovea(["query", "red", "--json", "--top", "20", ...args], home);
    return lines(outcome)[0].results.map(({ video }: { video: string }) => video.split("/").at(-1));
  };
  const all: string[] = await query(), distinct: string[] = await query("--dedupe");
  assert.equal(all.length, 8);
  const worse = all.filter((name) => name === "2.mp4" || name === "copy.mkv")[1];
  assert.deepEqual(distinct, all.filter((name) => name !== worse));
  // A page is full even where some of it is hidden.
  assert.deepEqual(await query("--dedupe", "--top", "7"), distinct);
});

Deno.test.afterAll(closeEncoder);
