import assert from "node:assert/strict";
import { join } from "node:path";
import { cutMoment } from "../../media/cut.ts";
import { closeEncoder } from "./encode.ts";
import { look } from "./look.ts";
import {
  makeVideo,
  nativelyMadeVideos,
  ordinaryVideos,
  rotatedVideo,
  soundOnly,
} from "./videos.ts";

/** Native addons keep threads and files for as long as the process lives. */
const ADDONS_STAY = { sanitizeOps: false, sanitizeResources: false };

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, ...ADDONS_STAY, fn });
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}

for (
  const [name, make] of Object.entries({
    ...ordinaryVideos,
    ...nativelyMadeVideos,
  })
) {
  test(`an exact cut has exactly its frames: ${name}`, async () => {
    if (name === "variable frame rate") return await cutsVariable(await make());
    const out = join(await Deno.makeTempDir({ prefix: "fovea-test-" }), "cut.mp4");
    await cutMoment(await make(), 1.2, 2.4, out, { exact: true, format: "mp4" });
    const { numbers, facts } = await look(out);
    assert.deepEqual(numbers, range(30, 60));
    assert.equal(facts.codec, "h264");
    assert(Math.abs(facts.duration! - 1.2) < 0.05, String(facts.duration));
  });
}

async function cutsVariable(path: string): Promise<void> {
  const out = join(await Deno.makeTempDir({ prefix: "fovea-test-" }), "cut.mp4");
  // Ten frames at 25 a second, then a gap of 0.34 s: frame n is at n/25 + ⌊n/10⌋·0.3 s.
  await cutMoment(path, 0.69, 2.0, out, { exact: true, format: "mp4" });
  const { numbers, times } = await look(out);
  assert.deepEqual(numbers, range(10, 30));
  times.forEach((time, i) => {
    const n = numbers[i]!;
    assert(Math.abs(time - (n / 25 + Math.floor(n / 10) * 0.3 - 0.69)) < 0.002, String(time));
  });
}

test("a cut that need not be exact copies from the key frame before", async () => {
  const out = join(await Deno.makeTempDir({ prefix: "fovea-test-" }), "cut.mp4");
  for (const name of ["H.264 in MP4", "H.264 in MKV", "H.264 in TS", "H.264 with open groups"]) {
    const source = await ordinaryVideos[name]();
    await cutMoment(source, 1.2, 2.4, out, { exact: false, format: "mp4" });
    const { numbers, facts } = await look(out);
    // Key frames are a second apart; frames that are decoded for those wanted may follow them.
    assert.deepEqual(numbers.slice(0, 35), range(25, 60), name);
    assert(numbers.length < 40, `${name}: ${numbers.length} frames`);
    assert.equal(facts.startTime, 0, name);
  }
  const hevc = await nativelyMadeVideos["HEVC in MP4"]();
  await cutMoment(hevc, 1.2, 2.4, out, { exact: false, format: "mp4" });
  assert.equal((await look(out)).facts.codec, "hevc");
});

test("what cannot stand in MP4 is encoded exactly", async () => {
  const out = join(await Deno.makeTempDir({ prefix: "fovea-test-" }), "cut.mp4");
  const source = await ordinaryVideos["VP8 in WebM"]();
  await cutMoment(source, 1.2, 2.4, out, { exact: false, format: "mp4" });
  const { numbers, facts } = await look(out);
  assert.deepEqual([facts.codec, numbers], ["h264", range(30, 60)]);
});

test("sound comes along, and begins with the pictures", async () => {
  const folder = await Deno.makeTempDir({ prefix: "fovea-test-" });
  const source = await ordinaryVideos["H.264 in MP4"]();
  const { Demuxer } = await import("node-av");
  for (const exact of [true, false]) {
    const out = join(folder, `${exact}.mp4`);
    await cutMoment(source, 1.2, 2.4, out, { exact, format: "mp4" });
    await using probe = await Demuxer.open(out);
    const sound = probe.audio()!;
    const seconds = (ticks: bigint) => Number(ticks) * sound.timeBase.num / sound.timeBase.den;
    assert(Math.abs(seconds(sound.startTime)) < 0.05);
    assert(Math.abs(seconds(sound.duration) - (exact ? 1.2 : 1.4)) < 0.1);
  }
});

test("a turned video is cut upright", async () => {
  const out = join(await Deno.makeTempDir({ prefix: "fovea-test-" }), "cut.mp4");
  const source = await rotatedVideo();
  await cutMoment(source, 1.2, 2.4, out, { exact: true, format: "mp4" });
  const exact = await look(out, true);
  assert.deepEqual(exact.numbers, range(30, 60));
  assert.deepEqual([exact.facts.width, exact.facts.height], [108, 192]);
  await cutMoment(source, 1.2, 2.4, out, { exact: false, format: "mp4" });
  assert.equal((await look(out)).facts.orientation, "clockwise");
});

test("a GIF shows the moment, small and without sound", async () => {
  const out = join(await Deno.makeTempDir({ prefix: "fovea-test-" }), "cut.gif");
  const source = await makeVideo({ width: 640, height: 360, sound: true });
  await cutMoment(source, 1.2, 2.4, out, { exact: false, format: "gif" });
  const { facts, numbers } = await look(out);
  assert.deepEqual([facts.codec, facts.width, facts.height], ["gif", 480, 270]);
  assert(numbers.length >= 14 && numbers.length <= 15, String(numbers.length));
  assert(numbers[0]! >= 30 && numbers.at(-1)! < 60);
});

test("what cannot be cut says so and leaves no file", async () => {
  const folder = await Deno.makeTempDir({ prefix: "fovea-test-" });
  const source = await makeVideo();
  const out = join(folder, "cut.mp4");
  const cut = (video: string, start: number, end: number, to = out) =>
    cutMoment(video, start, end, to, { exact: true, format: "mp4" });
  await assert.rejects(cut(source, 2, 2), RangeError);
  await assert.rejects(cut(source, 60, 70), /^Error: Cannot cut .*: there are no pictures/);
  await assert.rejects(cut(await soundOnly(), 0, 1), /^Error: Cannot decode .* no pictures/);
  await assert.rejects(cut(join(folder, "none.mp4"), 0, 1), /^Error: Cannot decode .*no such file/);
  await assert.rejects(
    cut(source, 0, 1, join(folder, "none", "cut.mp4")),
    /^Error: Cannot write into .*none: there is no such/,
  );
  const signal = AbortSignal.abort(new Error("enough"));
  await assert.rejects(
    cutMoment(source, 0, 1, out, { exact: true, format: "mp4", signal }),
    /^Error: enough$/,
  );
  assert.deepEqual(await Array.fromAsync(Deno.readDir(folder)), []);
});

Deno.test.afterAll(closeEncoder);
