import assert from "node:assert/strict";
import { clipSchema, toRecords, toTable } from "../../store/schema.ts";
import { DIM, MANIFEST, sampleClip } from "./sample_clips.ts";

const schema = clipSchema(MANIFEST);

Deno.test("toTable and toRecords keep every bit of every column", () => {
  // Every half there is: NaNs with payloads, infinities, subnormals and both zeros.
  const words = Uint16Array.from({ length: 65536 }, (_, i) => i);
  const every = new Float16Array(words.buffer);
  const records = Array.from({ length: 9 }, (_, clip) => sampleClip('a "quoted" ü\n', clip, 9));
  records.push(sampleClip("all", 0, 1, { patches: every }));
  const [batch] = toTable(records, schema).batches;
  const back = toRecords(batch);
  assert.deepEqual(back, records);
  const { patches } = back.at(-1)!;
  assert.deepEqual(new Uint16Array(patches!.buffer, patches!.byteOffset, 65536), words);
});

Deno.test("toTable takes arrays that are views into larger ones", () => {
  const all = Float16Array.from({ length: 100 }, (_, i) => i);
  const record = sampleClip("v", 0, 1, { frames: all.subarray(3, 3 + DIM) });
  const [batch] = toTable([record], schema).batches;
  assert.deepEqual([...toRecords(batch)[0].frames], [3, 4, 5, 6, 7, 8, 9, 10]);
});

Deno.test("toTable refuses arrays that do not fit each other or the index", () => {
  const wrong: [Parameters<typeof sampleClip>[3], RegExp][] = [
    [{ frames: new Float16Array(DIM + 1) }, /frames of length 8 but found 9/],
    [{ frameWeights: new Float32Array(2) }, /frameWeights of length 1 but found 2/],
    [{ framesPooled: new Float32Array(4) }, /framesPooled of length 8 but found 4/],
    [{ entityWeights: new Float32Array(3) }, /entities of length 24 but found 0/],
    [{ patches: new Float16Array(DIM + 1) }, /whole patches of length 0 but found 1/],
  ];
  for (const [change, message] of wrong) {
    const record = sampleClip("v", 0, 1, change);
    assert.throws(() => toTable([record], schema), { name: "RangeError", message });
  }
});
