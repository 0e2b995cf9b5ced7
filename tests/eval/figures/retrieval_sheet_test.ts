import assert from "node:assert/strict";
import { retrievalSheet } from "../../../eval/figures/retrieval_sheet.ts";
import { retrievedCases } from "../../../eval/retrieved_cases.ts";
import { pairedMatrix } from "../../../eval/similarity_matrix.ts";
import { KEPT } from "../../../figures/colours.ts";
import { elements, texts } from "./shapes.ts";

/** Queries 0 to 4 find their video first, the others last. */
const matrix = pairedMatrix(
  Float32Array.from({ length: 100 }, (_, i) => {
    const [query, video] = [Math.floor(i / 10), i % 10];
    return query === video ? (query < 5 ? 1 : -1) : video / 100;
  }),
  [10, 10],
);

Deno.test("cases are spread evenly, and show the right video wherever it is", () => {
  const { successes, failures } = retrievedCases(matrix, 2, 3);
  assert.deepEqual(successes.map(({ query }) => query), [1, 3]);
  assert.deepEqual(failures.map(({ query }) => query), [6, 8]);
  assert.deepEqual(successes[0].found, [
    { video: 1, place: 1, similarity: 1, right: true },
    { video: 9, place: 2, similarity: Math.fround(0.09), right: false },
    { video: 8, place: 3, similarity: Math.fround(0.08), right: false },
  ]);
  assert.deepEqual(failures[0].found.map(({ video, place }) => [video, place]), [
    [9, 1],
    [8, 2],
    [7, 3],
    [6, 10],
  ]);
  assert.equal(failures[0].rank, 10);
  assert.equal(retrievedCases(matrix, 100).successes.length, 5);
});

Deno.test("a sheet shows every query with its videos, the right one in green", () => {
  const jpeg = Uint8Array.of(0xff, 0xd8, 0xff, 0xd9);
  const video = (name: string, place: number, right: boolean) => ({
    name,
    place,
    similarity: 1 / place,
    right,
    pictures: [jpeg, jpeg],
  });
  const { svg } = retrievalSheet({
    title: "What captions find",
    successes: [{ query: "a <dog>", videos: [video("a.mp4", 1, true), video("b.mp4", 2, false)] }],
    failures: [{ query: "a cat", videos: [video("b.mp4", 1, false), video("c.mp4", 7, true)] }],
  });
  const written = texts(svg);
  for (
    const text of [
      ...["Found at once", "Not found at once", "“a &lt;dog&gt;”", "“a cat”", "a.mp4", "c.mp4"],
      ...["the right one is at 7", "1.000", "0.143"],
    ]
  ) assert.ok(written.includes(text), text);
  const images = elements(svg, "image");
  assert.equal(images.length, 8);
  assert.ok(images.every(({ href }) => href === `data:image/jpeg;base64,${jpeg.toBase64()}`));
  const framed = elements(svg, "rect").filter(({ stroke }) => stroke !== undefined);
  assert.deepEqual(framed.map(({ stroke }) => stroke === KEPT), [true, false, false, true]);
});
