import assert from "node:assert/strict";
import { DEMO_QUERIES, demoScenes } from "../../world/demo.ts";
import { GALLERY, galleryVideos, QUERIES, videosWith } from "../../world/queries.ts";
import { thingNamed } from "../../world/things.ts";

const COUNTS = ["", "", "two", "three", "four"];

Deno.test("each of forty queries is true of one video of the gallery, and of no other", () => {
  const videos = galleryVideos();
  assert.equal(videos.length, GALLERY.videos);
  assert.equal(QUERIES.length, 40);
  assert.equal(new Set(QUERIES.map(({ video }) => video)).size, 40);
  for (const { text, video, says } of QUERIES) {
    assert.deepEqual(videosWith(says, videos).map(({ name }) => name), [video], text);
  }
});

Deno.test("each query for the demonstration is true of one video, and of no other", () => {
  const videos = demoScenes();
  assert.equal(videos.length, 12);
  for (const { text, video, says } of DEMO_QUERIES) {
    assert.deepEqual(videosWith(says, videos).map(({ name }) => name), [video], text);
  }
});

Deno.test("queries say what they are matched by", () => {
  for (const { text, says } of [...QUERIES, ...DEMO_QUERIES]) {
    const thing = thingNamed(says.thing);
    const noun = says.count === 1 ? thing.name : thing.plural;
    assert.match(text, new RegExp(`\\b${noun}\\b`));
    assert(text.startsWith(COUNTS[says.count]), text);
    if (says.colour) assert.match(text, new RegExp(`\\b${says.colour} ${noun}`));
    if (says.night) assert.match(text, /at night$/);
  }
});
