import assert from "node:assert/strict";
import { Speech } from "../../../pipeline/search/speech.ts";
import { wordsOf } from "../../../pipeline/subtitles/words.ts";
import type { CoarseClips } from "../../../store/coarse_clips.ts";

/** Two videos of two clips of ten seconds each. */
const CLIPS: CoarseClips = {
  version: 1,
  length: 4,
  dim: 1,
  entities: false,
  vectors: new Float32Array(4),
  videos: ["a", "b"].map((video) => ({ video, path: video, created: null, duration: 20 })),
  video: Uint32Array.of(0, 0, 1, 1),
  clip: Uint32Array.of(0, 1, 0, 1),
  start: Float64Array.of(0, 10, 0, 10),
  end: Float64Array.of(10, 20, 10, 20),
  rows: new BigUint64Array(4),
};

function said(video: string, lines: [start: number, end: number, text: string][]) {
  return {
    video,
    starts: Float64Array.from(lines, ([start]) => start),
    ends: Float64Array.from(lines, ([, end]) => end),
    words: lines.map(([, , text]) => wordsOf(text).join(" ")),
  };
}

const SPEECH = new Speech(CLIPS, [
  said("a", [[1, 3, "the dog runs"], [9, 11, "over the bridge"], [15, 16, "home"]]),
  said("b", [[12, 14, "the the the cat"]]),
]);

Deno.test("scores are those of BM25", () => {
  // Three clips have words: "the dog run over the bridg" (6), "over the bridg home" (4),
  // "the the the cat" (4); the mean is 14/3.
  const [hit, ...others] = SPEECH.rank("dogs");
  assert.deepEqual([hit.index, others.length], [0, 0]);
  const idf = Math.log(1 + (3 + 100 - 1 + 0.5) / (1 + 0.5));
  const expected = idf * 2.2 / (1 + 1.2 * (0.25 + 0.75 * 6 / (14 / 3)));
  assert(Math.abs(hit.score - expected) < 1e-12);
  assert.equal(hit.coverage, 1);
});

Deno.test("a line belongs to every clip that it overlaps", () => {
  assert.deepEqual(SPEECH.rank("bridge").map(({ index }) => index).sort(), [0, 1]);
  const { video, line, start, end } = SPEECH.bestLine(1, "over the bridge");
  assert.deepEqual([video, line, start, end], ["a", 1, 9, 11]);
  assert.equal(SPEECH.bestLine(0, "dog").line, 0);
});

Deno.test("words that all have in common are not enough", () => {
  assert.deepEqual(SPEECH.rank("the zebra"), []);
  assert.deepEqual(SPEECH.rank("the cat and the zebra"), []);
  assert.deepEqual(SPEECH.rank("where is the cat").map(({ index }) => index), [3]);
  assert.deepEqual(SPEECH.rank("over the").map(({ index }) => index).sort(), [0, 1]);
  assert.deepEqual(SPEECH.rank(""), []);
  assert.deepEqual(new Speech(CLIPS, []).rank("dog"), []);
});
