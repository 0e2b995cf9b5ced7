import assert from "node:assert/strict";
import { worldVideo } from "../../world/collection.ts";
import { drawFrame } from "../../world/draw.ts";
import { boxesAt, describedTrack, labelsOf } from "../../world/labels.ts";
import { ACTIONS, described, type Restyling, type Scene } from "../../world/scene.ts";

const SIDE = 192;
const RATE = 10;

Deno.test("the same moment is drawn the same, whatever was drawn before", () => {
  const [a, b] = [0, 1].map((i) => worldVideo("tests", "train", i).scene);
  const first = drawFrame(a, 1.3, 72);
  drawFrame(b, 0.2, 72);
  drawFrame(a, 2, 96);
  assert.deepEqual(drawFrame(a, 1.3, 72), first);
  assert.equal(first.length, 72 * 72 * 3);
});

/** The same scene with the described thing in another colour: nothing but its pixels changes. */
function painted(scene: Scene, colour: "red" | "blue", restyling?: Restyling): Scene {
  const { actor } = described(scene);
  return {
    ...scene,
    shots: scene.shots.map((shot) => ({
      ...shot,
      title: undefined,
      actors: shot.actors.map((it) => it === actor ? { ...it, colour, restyling } : it),
    })),
  };
}

/** The box around the pixels in which two pictures differ, as shares of the sides. */
function difference(a: Uint8Array, b: Uint8Array): number[] {
  let [left, top, right, bottom] = [SIDE, SIDE, 0, 0];
  for (let i = 0; i < SIDE * SIDE; i++) {
    if (Math.abs(a[i * 3] - b[i * 3]) + Math.abs(a[i * 3 + 2] - b[i * 3 + 2]) < 24) continue;
    const [x, y] = [i % SIDE, Math.floor(i / SIDE)];
    [left, right] = [Math.min(left, x), Math.max(right, x + 1)];
    [top, bottom] = [Math.min(top, y), Math.max(bottom, y + 1)];
  }
  return [left, top, right, bottom].map((value) => value / SIDE);
}

Deno.test("boxes lie tightly around the described things, in every action, stretched or not", () => {
  const actions = new Set<string>();
  for (let i = 0; i < 30; i++) {
    const video = worldVideo("tests", "test", i);
    const restyling = { stretch: [1, 1.25, 0.8][i % 3], tint: [1, 1, 1], fade: 0 } as const;
    const [red, blue] = (["red", "blue"] as const).map((colour) =>
      painted(video.scene, colour, restyling)
    );
    const { labels } = labelsOf({ ...video, scene: red }, RATE);
    const track = describedTrack(labels);
    actions.add(track.action);
    for (const share of [0.1, 0.6]) {
      const time = Math.ceil((track.start + share * (track.end - track.start)) * RATE) / RATE;
      const boxes = boxesAt(track, RATE, time);
      const union = [0, 1, 2, 3].map((side) =>
        (side < 2 ? Math.min : Math.max)(...boxes.map((box) => box[side]))
      );
      const seen = difference(drawFrame(red, time, SIDE), drawFrame(blue, time, SIDE));
      for (const [side, value] of union.entries()) {
        const outside = (seen[side] - value) * (side < 2 ? -1 : 1);
        const say = `video ${i} at ${time}: ${track.action} ${union} ${seen}`;
        assert(outside < 0.012, say);
        // Boxes of what is turned are of its square, whose corners may be empty.
        if (track.action !== "spin" && track.action !== "shake") assert(outside > -0.03, say);
      }
    }
  }
  assert(actions.size >= ACTIONS.length - 2, [...actions].join(", "));
});

Deno.test("the described thing is small, on screen for a part of the video, and then in view", () => {
  const videos = Array.from(
    { length: 200 },
    (_, i) => labelsOf(worldVideo("tests", "test", i), 10),
  );
  let inMiddle = 0;
  for (const { labels } of videos) {
    const track = describedTrack(labels);
    const share = (track.end - track.start) / labels.seconds;
    assert(share > 0.2 && share < 0.5, String(share));
    for (const boxes of track.boxes) {
      assert(boxes.some((box) => box !== null));
      for (const box of boxes) if (box) assert((box[2] - box[0]) * (box[3] - box[1]) < 0.45);
    }
    if (boxesAt(track, 10, labels.seconds / 2).length > 0) inMiddle++;
  }
  // What is described is not in the middle frame of most videos: one frame is not enough.
  assert(inMiddle < 80, `in the middle frame of ${inMiddle} videos of 200`);
});

Deno.test("boxes are given for the frames of the shot only", () => {
  const { labels } = labelsOf(worldVideo("tests", "test", 1), RATE);
  const track = describedTrack(labels);
  assert.equal(track.boxes.length, Math.ceil(track.end * RATE) - Math.ceil(track.start * RATE));
  assert.deepEqual(boxesAt(track, RATE, track.end + 0.2), []);
  if (track.start > 0.2) assert.deepEqual(boxesAt(track, RATE, track.start - 0.2), []);
});
