import assert from "node:assert/strict";
import type { Box } from "../../world/labels.ts";
import { lookAlikes, samplePicture } from "../../world/picture.ts";
import { Random } from "../../world/random.ts";

Deno.test("a picture has its size and says something of what is in it", () => {
  const random = new Random("pictures");
  for (const difficulty of [0, 0.5, 1]) {
    const { pixels, caption, attributes } = samplePicture(random, "train", difficulty, 48);
    assert.equal(pixels.length, 48 * 48 * 3);
    assert(new Set(pixels).size > 10);
    assert(caption.length > 0);
    assert(attributes.count >= 1);
  }
  const [a, b] = [0, 1].map(() => samplePicture(new Random("same"), "test", 0.7, 48));
  assert.deepEqual(a, b);
});

Deno.test("the regions of a picture are of things that are to be seen, in many of it many", () => {
  const random = new Random("regions");
  const pictures = Array.from({ length: 60 }, () => samplePicture(random, "train", 0.5, 24));
  for (const { regions } of pictures) {
    const boxes = regions.flatMap((region) => region.boxes);
    boxes.forEach((box, i) => {
      const hidden = coveredShare(box, boxes.slice(i + 1));
      assert(hidden < 0.6, `${hidden} of ${box} lies behind others`);
    });
  }
  assert(pictures.filter(({ regions }) => regions.length >= 6).length > 15);
});

function coveredShare([left, top, right, bottom]: Box, others: readonly Box[]): number {
  const random = new Random("points");
  let covered = 0;
  for (let i = 0; i < 2000; i++) {
    const [x, y] = [random.between(left, right), random.between(top, bottom)];
    if (others.some(([l, t, r, b]) => x >= l && x <= r && y >= t && y <= b)) covered++;
  }
  return covered / 2000;
}

Deno.test("look-alikes have captions of their own and differ from one another in one attribute", () => {
  const random = new Random("alike");
  const keys = ["thing", "colour", "count", "place", "action", "night"] as const;
  let alone = 0;
  for (let i = 0; i < 24; i++) {
    const split = i % 3 === 0 ? "test" : "train";
    const pictures = lookAlikes(random, split, (i % 5) / 4, 24, 8);
    assert.equal(pictures.length, 8);
    assert.equal(new Set(pictures.map(({ caption }) => caption)).size, 8);
    for (const { attributes: a } of pictures) {
      const differsInOne = pictures.some(({ attributes: b }) =>
        // Whether it is night has no meaning indoors, so it may change with the place.
        keys.filter((key) => a[key] !== b[key] && !(key === "night" && a.place !== b.place))
          .length === 1
      );
      if (!differsInOne) alone++;
    }
  }
  // The last picture of a batch may be the first of a group.
  assert(alone < 192 / 20, `${alone} of 192`);
});
