import assert from "node:assert/strict";
import { chooseChanges } from "../../../pipeline/decode/shots.ts";
import { closeEncoder } from "../../media/encode.ts";
import { H264, LONG_CUTS, longVideo, makeShots } from "../../media/videos.ts";
import { decodeAll, testDecoders } from "./decoding.ts";

Deno.test.afterAll(closeEncoder);

testDecoders("a long video is cut at its shot changes", async (pool) => {
  const { video: { clips } } = await decodeAll(pool, await longVideo());
  assert.deepEqual(clips.slice(1).map(({ start }) => Math.round(1000 * start) / 1000), LONG_CUTS);
  assertCovers(clips, 180);
});

testDecoders("cuts between key frames of a fixed rate are found", async (pool) => {
  const codec = [...H264, "-x264-params", "scenecut=0:keyint=25:min-keyint=25"];
  const shots = [{ seconds: 21.4, color: "red" }, { seconds: 23.2, color: "navy" }];
  const path = await makeShots([...shots, { seconds: 20.4, color: "yellow" }], { codec });
  const { video: { clips } } = await decodeAll(pool, path);
  assert.deepEqual(clips.slice(1).map(({ start }) => start.toFixed(2)), ["21.40", "44.60"]);
  assertCovers(clips, 65);
});

testDecoders("clips of a number of seconds are of that length", async (pool) => {
  const { video, clips } = await decodeAll(pool, await longVideo(), { segment: 50, frames: 3 });
  assert.deepEqual(video.clips.map(({ start }) => start), [0, 50, 100, 150]);
  assertCovers(video.clips, 180);
  for (const { span, times } of clips) {
    assert(times.every((time) => time >= span.start && time < span.end));
  }
});

testDecoders("whole is one clip however long", async (pool) => {
  const { video } = await decodeAll(pool, await longVideo(), { segment: "whole", frames: 3 });
  assertCovers(video.clips, 180);
  assert.equal(video.clips.length, 1);
});

Deno.test("pieces without a change are cut anyway, and none is too long or too short", () => {
  for (const end of [60.5, 61, 75.3, 100, 3600]) {
    const edges = [0, ...chooseChanges([], end).map(({ at }) => at), end];
    for (let i = 1; i < edges.length; i++) {
      const length = edges[i] - edges[i - 1];
      assert(length >= 10 && length <= 30, `${length} s`);
    }
  }
});

Deno.test("clear changes are preferred to faint ones, within the lengths", () => {
  const change = (at: number, strength: number) => ({ before: at - 1, at, strength });
  const changes = [change(12, 0.3), change(25, 1), change(28, 0.2), change(31, 1), change(55, 0.9)];
  const chosen = chooseChanges(changes, 80).map(({ at }) => at);
  assert(chosen.includes(25) || chosen.includes(31));
  assert(chosen.includes(55));
});

function assertCovers(spans: readonly { start: number; end: number }[], end: number): void {
  assert.equal(spans[0].start, 0);
  for (let i = 1; i < spans.length; i++) assert.equal(spans[i].start, spans[i - 1].end);
  assert(Math.abs(spans[spans.length - 1].end - end) < 0.001);
}
