import assert from "node:assert/strict";
import { makeVideo, rotatedVideo } from "../../media/videos.ts";
import { decodeAll, testDecoders } from "./decoding.ts";

/** Pixels across and rows of a JPEG file, from its frame header. */
function jpegSize(bytes: Uint8Array): [width: number, height: number] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // Behind the start of the image come segments, each a marker and its length.
  for (let at = 2; at < bytes.length; at += 2 + view.getUint16(at + 2)) {
    const marker = view.getUint16(at);
    if (marker === 0xffc0 || marker === 0xffc2) {
      return [view.getUint16(at + 7), view.getUint16(at + 5)];
    }
  }
  throw new Error("Cannot read a JPEG file: it has no frame header");
}

testDecoders(
  "thumbnails have the width that is asked for, and show all of the picture",
  async (pool) => {
    const path = await makeVideo();
    const size = async (thumbnailWidth?: number, of = path) => {
      const { clips: [clip] } = await decodeAll(pool, of, { frames: 2, thumbnailWidth });
      const [first, second] = clip.thumbnails.map(jpegSize);
      assert.deepEqual(first, second);
      return first;
    };
    assert.deepEqual(await size(), [160, 90]);
    assert.deepEqual(await size(512), [512, 288]);
    assert.deepEqual(await size(108, await rotatedVideo()), [108, 192]);
  },
);
