import assert from "node:assert/strict";
import { uniformPositions } from "../../../pipeline/decode/sampling.ts";
import { closeEncoder } from "../../media/encode.ts";
import {
  av1Video,
  longVideo,
  makePicture,
  makeVideo,
  nativelyMadeVideos,
  oneFrame,
  ordinaryVideos,
  rotatedVideo,
} from "../../media/videos.ts";
import {
  decodeAll,
  type Decoded,
  frameNumbers,
  frameOf,
  hasNative,
  meanDifference,
  openPool,
  testDecoders,
} from "./decoding.ts";

const POSITIONS = uniformPositions(100, 12);
const hasSparseFiles = await canBeSparse();
/** The names of MP4's boxes, as numbers: a fragment's header, and what readers pass over. */
const MOOF = 0x6d6f6f66, FREE = 0x66726565;
const videos = { ...ordinaryVideos, ...(hasNative ? nativelyMadeVideos : {}) };

Deno.test.afterAll(closeEncoder);

Deno.test({ name: "what only node-av can encode is tested", ignore: !hasNative, fn() {} });

for (const [name, make] of Object.entries(videos)) {
  Deno.test(`${name}: both decoders give the frames that were asked for, and agree`, async () => {
    const path = await make();
    const decoded: Decoded[] = [];
    for (const decoder of hasNative ? ["native", "wasm"] as const : ["wasm"] as const) {
      using pool = await openPool(decoder);
      const result = await decodeAll(pool, path);
      const [clip] = result.clips;
      assert.equal(result.clips.length, 1);
      // Pixels made square take some of the number's squares out of the picture's middle.
      if (name !== "tall pixels") assert.deepEqual(frameNumbers(clip), POSITIONS);
      assert.equal(clip.times.length, 12);
      assert.equal(clip.thumbnails.length, 12);
      for (const jpeg of clip.thumbnails) assert.deepEqual([...jpeg.slice(0, 2)], [0xff, 0xd8]);
      decoded.push(result);
    }
    if (decoded.length < 2) return;
    const [native, wasm] = decoded;
    assert.deepEqual(wasm.video, native.video);
    for (const [i, time] of native.clips[0].times.entries()) {
      assert(Math.abs(time - wasm.clips[0].times[i]) < 0.001);
      const difference = meanDifference(frameOf(native.clips[0], i), frameOf(wasm.clips[0], i));
      assert(difference < 2, `frame ${i} differs by ${difference}`);
    }
  });
}

testDecoders("frames that are skipped change nothing in those that are not", async (pool) => {
  for (const name of ["H.264 with one key frame", "H.264 with open groups"]) {
    const path = await videos[name]();
    const [all] = (await decodeAll(pool, path, { frames: 1000 })).clips;
    const [some] = (await decodeAll(pool, path)).clips;
    assert.deepEqual(frameNumbers(all), [...Array(100).keys()]);
    for (const [i, position] of POSITIONS.entries()) {
      assert.equal(some.times[i], all.times[position]);
      assert.deepEqual(frameOf(some, i), frameOf(all, position));
    }
  }
});

testDecoders("times are the player's, with a container that begins late", async (pool) => {
  // MPEG-TS of FFmpeg begins at 1.4 s, its sound a little before its pictures.
  const { clips: [clip] } = await decodeAll(pool, await ordinaryVideos["H.264 in TS"]());
  const first = clip.times[0];
  assert(first >= 0 && first < 0.04);
  clip.times.forEach((time, i) => assert(Math.abs(time - first - POSITIONS[i] / 25) < 1e-4));
});

testDecoders("a variable frame rate keeps its times", async (pool) => {
  const { clips: [clip] } = await decodeAll(pool, await ordinaryVideos["variable frame rate"]());
  const numbers = frameNumbers(clip);
  clip.times.forEach((time, i) => {
    const expected = numbers[i] / 25 + Math.floor(numbers[i] / 10) * 0.3;
    assert(Math.abs(time - expected) < 0.045, `${time} is not ${expected}`);
  });
});

testDecoders("what the display matrix turns is turned", async (pool) => {
  const { video, clips: [clip] } = await decodeAll(pool, await rotatedVideo());
  assert.deepEqual([video.info.width, video.info.height], [108, 192]);
  assert.deepEqual(frameNumbers(clip, true), POSITIONS);
});

testDecoders("pixels that are not square are made so", async (pool) => {
  const { video } = await decodeAll(pool, await ordinaryVideos["tall pixels"]());
  assert.deepEqual([video.info.width, video.info.height], [96, 108]);
});

testDecoders("candidates at a rate are a rate apart", async (pool) => {
  const { clips: [clip] } = await decodeAll(pool, await ordinaryVideos["H.264 in MP4"](), {
    fps: 2,
  });
  // 25 / 2 rounds to 12 frames.
  assert.deepEqual(frameNumbers(clip), [0, 12, 24, 36, 48, 60, 72, 84, 96]);
});

testDecoders("a video with fewer frames gives each of them once", async (pool) => {
  const { clips: [clip] } = await decodeAll(pool, await makeVideo({ frames: 5 }));
  assert.deepEqual(frameNumbers(clip), [0, 1, 2, 3, 4]);
});

testDecoders("a single frame is a clip", async (pool) => {
  const { video, clips: [clip] } = await decodeAll(pool, await oneFrame());
  assert.equal(video.clips.length, 1);
  assert.deepEqual(frameNumbers(clip), [0]);
});

testDecoders("8K is ordinary input", async (pool) => {
  const codec = ["-c:v", "libx264", "-preset", "ultrafast"];
  const path = await makeVideo({ width: 7680, height: 4320, frames: 2, codec });
  const { video, clips: [clip] } = await decodeAll(pool, path);
  assert.deepEqual([video.info.width, video.info.height], [7680, 4320]);
  assert.deepEqual(frameNumbers(clip), [0, 1]);
  assert.equal(clip.thumbnails.length, 2);
});

testDecoders("a picture file is a video of one frame, and a query", async (pool) => {
  for (const extension of ["png", "jpg", "webp"] as const) {
    const path = await makePicture(extension);
    const { video, clips } = await decodeAll(pool, path);
    assert.equal(video.info.duration, null);
    assert.deepEqual([...clips[0].times], [0]);
    assert.deepEqual(await pool.image(path), clips[0].pixels);
  }
});

testDecoders("a clip that is sought is the same as one that is come to", async (pool) => {
  const path = await longVideo();
  const { video, clips } = await decodeAll(pool, path);
  const skip = new Set(video.clips.keys());
  skip.delete(5);
  const { clips: [sought], ...rest } = await decodeAll(pool, path, { skip });
  assert.deepEqual(rest.video, video);
  assert.deepEqual(sought, clips[5]);
});

Deno.test({
  name: `wasm: a file of more than 4 GiB is read where it lies${
    hasSparseFiles ? "" : " (there are no sparse files here)"
  }`,
  ignore: !hasSparseFiles,
  async fn() {
    const movflags = "+frag_keyframe+empty_moov+default_base_moof";
    const small = await makeVideo({ container: ["-movflags", movflags] });
    const large = await Deno.makeTempFile({ prefix: "fovea-test-", suffix: ".mp4" });
    try {
      await writeApart(large, await Deno.readFile(small), 5 * 2 ** 30);
      using pool = await openPool("wasm");
      const { clips } = await decodeAll(pool, large);
      assert.deepEqual(frameNumbers(clips[0]), POSITIONS);
      assert.deepEqual(clips, (await decodeAll(pool, small)).clips);
    } finally {
      await Deno.remove(large);
    }
  },
});

Deno.test({ name: "native: AV1 is decoded", ignore: !hasNative }, async () => {
  using pool = await openPool("native");
  const { clips: [clip] } = await decodeAll(pool, await av1Video());
  assert.deepEqual(frameNumbers(clip), POSITIONS);
});

Deno.test({ name: "wasm: AV1 is refused in one line", ignore: !hasNative }, async () => {
  using pool = await openPool("wasm");
  await assert.rejects(decodeAll(pool, await av1Video()), {
    message: /^Cannot decode .*\.mkv: the wasm decoder has no AV1; use the native one$/,
  });
});

/** Whether what was never written of a file takes no room on the disk. */
async function canBeSparse(): Promise<boolean> {
  const path = await Deno.makeTempFile({ prefix: "fovea-test-" });
  const size = 2 ** 24;
  await Deno.truncate(path, size);
  const { blocks } = await Deno.stat(path);
  await Deno.remove(path);
  return blocks !== null && blocks * 512 < size;
}

/** Writes a fragmented MP4 with a box of `gap` bytes that is free between its first two fragments. */
async function writeApart(path: string, mp4: Uint8Array, gap: number): Promise<void> {
  const view = new DataView(mp4.buffer);
  const fragments: number[] = [];
  for (let at = 0; at < mp4.length; at += view.getUint32(at)) {
    if (view.getUint32(at + 4) === MOOF) fragments.push(at);
  }
  const [, second] = fragments;
  const header = new DataView(new ArrayBuffer(16));
  header.setUint32(0, 1); // its size is one of 64 bits
  header.setUint32(4, FREE);
  header.setBigUint64(8, BigInt(gap));
  using file = await Deno.open(path, { write: true });
  const write = async (at: number, bytes: Uint8Array) => {
    await file.seek(at, Deno.SeekMode.Start);
    for (let done = 0; done < bytes.length;) done += await file.write(bytes.subarray(done));
  };
  await write(0, mp4.subarray(0, second));
  await write(second, new Uint8Array(header.buffer));
  await write(second + gap, mp4.subarray(second));
}
