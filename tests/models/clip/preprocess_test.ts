import assert from "node:assert/strict";
import { openPreprocessor } from "../../../models/clip/preprocess.ts";

interface PreprocessCase {
  w: number;
  h: number;
  n: number;
  src: number[][][];
  resized_cropped_u8: number[][][];
}

const { cases }: { cases: PreprocessCase[] } = JSON.parse(
  await Deno.readTextFile(new URL("../../vectors/preprocess.json", import.meta.url)),
);

for (const { w, h, n, src, resized_cropped_u8 } of cases) {
  Deno.test(`a crop of ${w} × ${h} to ${n} equals Pillow's, byte for byte`, () => {
    const rgb = Uint8Array.from(src.flat(2));
    const pixels = openPreprocessor(n).crop({ width: w, height: h, rgb });
    assert.deepEqual([...pixels], resized_cropped_u8.flat(2));
  });
}

Deno.test("a picture of the model's size comes back as it is", () => {
  const rgb = Uint8Array.from({ length: 8 * 8 * 3 }, (_, i) => i * 7);
  assert.deepEqual(openPreprocessor(8).crop({ width: 8, height: 8, rgb }), rgb);
});

Deno.test("a picture whose short side fits already is only cut, half pixels to the even side", () => {
  // The long side has 3 columns too many: round(1.5) = 2 are cut off on the left.
  const rgb = Uint8Array.from({ length: 2 * 5 * 3 }, (_, i) => i);
  const pixels = openPreprocessor(2).crop({ width: 5, height: 2, rgb });
  assert.deepEqual([...pixels], [6, 7, 8, 9, 10, 11, 21, 22, 23, 24, 25, 26]);
});

Deno.test("sizes from one pixel to long strips keep a flat colour", () => {
  const preprocessor = openPreprocessor(16);
  for (const [width, height] of [[1, 1], [1, 900], [900, 1], [2, 3], [17, 16], [401, 33]]) {
    const rgb = new Uint8Array(width * height * 3).fill(201);
    const pixels = preprocessor.crop({ width, height, rgb });
    assert.equal(pixels.length, 16 * 16 * 3);
    assert(pixels.every((byte) => byte === 201), `${width} × ${height}`);
  }
});

Deno.test("a change of size in mid-stream does not disturb the next picture", () => {
  const preprocessor = openPreprocessor(16);
  const noise = (length: number) =>
    Uint8Array.from({ length }, (_, i) => Math.imul(i, 2654435761) >>> 24);
  const sizes = Array.from({ length: 10 }, (_, i) => ({ width: 20 + i, height: 31 }));
  for (const size of [...sizes, sizes[0]]) {
    const image = { ...size, rgb: noise(size.width * size.height * 3) };
    assert.deepEqual(preprocessor.crop(image), openPreprocessor(16).crop(image));
  }
});

Deno.test("a picture that is not as large as it says is refused", () => {
  const preprocessor = openPreprocessor(4);
  assert.throws(
    () => preprocessor.crop({ width: 2, height: 2, rgb: new Uint8Array(11) }),
    new RangeError("Expected 12 bytes for 2 × 2 pixels but found 11"),
  );
  assert.throws(
    () => preprocessor.crop({ width: 0, height: 2, rgb: new Uint8Array(0) }),
    new RangeError("Expected a picture of at least 1 × 1 pixels but found 0 × 2"),
  );
  assert.throws(() => openPreprocessor(2.5), RangeError);
});
