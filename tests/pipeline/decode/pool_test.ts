import assert from "node:assert/strict";
import { DecodePool } from "../../../pipeline/decode/pool.ts";
import { closeEncoder } from "../../media/encode.ts";
import { longVideo, makeVideo } from "../../media/videos.ts";
import { decodeAll, hasNative, SIDE, testDecoders } from "./decoding.ts";

Deno.test.afterAll(closeEncoder);

testDecoders("more videos than workers are all decoded", async (pool) => {
  const path = await makeVideo({ frames: 5 });
  const decoded = await Promise.all(Array.from({ length: 4 }, () => decodeAll(pool, path)));
  for (const { clips } of decoded) assert.deepEqual(clips, decoded[0].clips);
});

testDecoders("clips to be skipped are skipped", async (pool) => {
  const { video, clips } = await decodeAll(pool, await longVideo(), {
    frames: 2,
    skip: new Set([0, 2, 3, 4, 5, 6, 7]),
  });
  assert.equal(video.clips.length, 9);
  assert.deepEqual(clips.map(({ index }) => index), [1, 8]);
  assert.deepEqual(
    (await decodeAll(pool, await longVideo(), {
      frames: 2,
      skip: new Set(video.clips.keys()),
    })).clips,
    [],
  );
});

testDecoders("who stops asking leaves the worker to others", async (pool) => {
  const path = await longVideo();
  for await (const event of pool.decode(path, { frames: 2, segment: "auto" })) {
    if (event.kind === "clip") break;
  }
  assert.equal((await decodeAll(pool, path, { frames: 1 })).clips.length, 9);
});

testDecoders("a signal ends a video, and the next is decoded", async (pool) => {
  const path = await longVideo();
  const controller = new AbortController();
  const reason = new Error("enough");
  await assert.rejects(async () => {
    const events = pool.decode(path, { frames: 2, segment: "auto" }, controller.signal);
    for await (const event of events) {
      if (event.kind === "clip") controller.abort(reason);
    }
  }, reason);
  assert.equal((await decodeAll(pool, path, { frames: 1 })).clips.length, 9);
});

testDecoders("a closed pool fails what it was given", async (pool) => {
  const decoding = decodeAll(pool, await longVideo());
  pool.close();
  await assert.rejects(decoding, /Cannot decode on: the decoders were closed/);
});

Deno.test("auto takes the native decoder where it loads, else the other", async () => {
  using pool = await DecodePool.open({ decoder: "auto", workers: 1, imageSize: SIDE });
  assert.equal(pool.decoder, hasNative ? "native" : "wasm");
});

Deno.test("settings out of their range are refused", async () => {
  const settings = { decoder: "wasm", workers: 1, imageSize: SIDE } as const;
  await assert.rejects(DecodePool.open({ ...settings, workers: 0 }), RangeError);
  await assert.rejects(DecodePool.open({ ...settings, imageSize: 1.5 }), RangeError);
  await assert.rejects(DecodePool.open({ ...settings, timeLimit: 0 }), RangeError);
});
