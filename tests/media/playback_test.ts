import assert from "node:assert/strict";
import { join } from "node:path";
import { describePlayback, SEGMENT_SECONDS, writeSegment } from "../../media/playback.ts";
import { closeEncoder } from "./encode.ts";
import { look } from "./look.ts";
import { presentationTimes } from "./presentation_times.ts";
import { makeVideo, nativelyMadeVideos, ordinaryVideos, soundOnly } from "./videos.ts";

/** Native addons keep threads and files for as long as the process lives. */
const ADDONS_STAY = { sanitizeOps: false, sanitizeResources: false };

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, ...ADDONS_STAY, fn });
}

const RATE = 25;

/** Longer than a segment, with a key frame a second where packets are copied. */
const LONG: Readonly<Record<string, () => Promise<string>>> = {
  "H.264 in TS": () => makeVideo({ frames: 350, extension: "ts", sound: true }),
  "H.264 in MKV": () => makeVideo({ frames: 350, extension: "mkv", sound: true }),
  "MPEG-4 in AVI": () =>
    makeVideo({
      frames: 350,
      codec: ["-c:v", "mpeg4", "-q:v", "4"],
      extension: "avi",
      sound: true,
    }),
  "VP8 in WebM": () =>
    makeVideo({ frames: 350, codec: ["-c:v", "libvpx", "-b:v", "1M"], extension: "webm" }),
};

for (const [name, make] of Object.entries(LONG)) {
  test(`segments show every frame at its time: ${name}`, async () => {
    const path = await make();
    const seen = new Map<number, number>();
    for (let segment = 0; segment * SEGMENT_SECONDS * RATE < 350; segment++) {
      const out = join(await Deno.makeTempDir({ prefix: "fovea-test-" }), "segment.mp4");
      await writeSegment(path, segment, out, new AbortController().signal);
      const { numbers } = await look(out);
      const [pictures, sound] = presentationTimes(await Deno.readFile(out));
      assert.equal(pictures.length, numbers.length);
      pictures.sort((a, b) => a - b).forEach((time, i) => {
        const n = numbers[i]!;
        // Containers round times, and count from the sound where that begins a little earlier.
        assert(Math.abs(time - n / RATE) < 0.06, `frame ${n} is at ${time}`);
        seen.set(n, time);
      });
      // The sound of the samples ends a little before the pictures.
      if (!sound || segment === 2) continue;
      assert(Math.min(...sound) < segment * SEGMENT_SECONDS + 0.1);
      assert(Math.max(...sound) > (segment + 1) * SEGMENT_SECONDS - 0.2);
    }
    assert.equal(seen.size, 350);
  });
}

test("a segment of HEVC is H.264", async () => {
  const path = await nativelyMadeVideos["HEVC in MP4"]();
  const out = join(await Deno.makeTempDir({ prefix: "fovea-test-" }), "segment.mp4");
  await writeSegment(path, 0, out, new AbortController().signal);
  const { facts, numbers } = await look(out);
  assert.equal(facts.codec, "h264");
  assert.deepEqual(numbers, Array.from({ length: 100 }, (_, i) => i));
});

test("a segment behind the end says so and leaves no file", async () => {
  const path = await ordinaryVideos["MPEG-4 in AVI"]();
  const folder = await Deno.makeTempDir({ prefix: "fovea-test-" });
  const making = writeSegment(path, 9, join(folder, "segment.mp4"), new AbortController().signal);
  await assert.rejects(making, /there are no pictures/);
  assert.deepEqual(await Array.fromAsync(Deno.readDir(folder)), []);
});

test("nobody waits: a segment is given up and leaves no file", async () => {
  const path = await LONG["MPEG-4 in AVI"]();
  const folder = await Deno.makeTempDir({ prefix: "fovea-test-" });
  const making = writeSegment(path, 0, join(folder, "segment.mp4"), AbortSignal.abort());
  await assert.rejects(making, { name: "AbortError" });
  assert.deepEqual(await Array.fromAsync(Deno.readDir(folder)), []);
});

test("what browsers play as it is, and what not", async () => {
  const direct = ["H.264 in MP4", "H.264 in MOV", "VP8 in WebM", "fragmented"];
  const segmented = ["H.264 in TS", "MPEG-4 in AVI", "H.264 in MKV"];
  for (const name of [...direct, ...segmented]) {
    const playback = await describePlayback(await ordinaryVideos[name]());
    assert.equal(playback.direct, direct.includes(name), name);
    assert.match(playback.segmentType, /^video\/mp4; codecs="avc1\.[0-9a-f]{6}(,(flac|mp4a.*))?"$/);
    assert(Math.abs(playback.duration - 4) < 0.2, `${name}: ${playback.duration}`);
  }
  const hevc = await describePlayback(await nativelyMadeVideos["HEVC in MP4"]());
  assert.equal(hevc.direct, false);
  const sound = await ordinaryVideos["H.264 in MP4"]();
  assert.match((await describePlayback(sound)).type, /codecs="avc1.*,mp4a\.40\.2"$/);
});

test("what holds no pictures cannot be played", async () => {
  await assert.rejects(describePlayback(await soundOnly()), /^Error: Cannot /);
});

test("the encoder of the samples ends", closeEncoder);
