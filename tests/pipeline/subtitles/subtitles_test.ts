import assert from "node:assert/strict";
import { join } from "node:path";
import { DecodePool } from "../../../pipeline/decode/pool.ts";
import { parseSubtitles } from "../../../pipeline/subtitles/parse.ts";
import { Sidecars } from "../../../pipeline/subtitles/sidecars.ts";
import { closeEncoder } from "../../media/encode.ts";
import { subtitledVideo } from "../../media/subtitles.ts";
import { makeVideo } from "../../media/videos.ts";

/** Native addons keep threads and files for as long as the process lives. */
const ADDONS_STAY = { sanitizeOps: false, sanitizeResources: false };

const LINES = [
  { start: 0.5, end: 1.5, text: "<i>Look,</i> a lighthouse!" },
  { start: 2, end: 3.25, text: "We are lost,\nTom & Ann" },
];
const PLAIN = [
  { start: 0.5, end: 1.5, text: "Look, a lighthouse!" },
  { start: 2, end: 3.25, text: "We are lost, Tom & Ann" },
];

for (const decoder of ["native", "wasm"] as const) {
  for (
    const [codec, extension] of [
      ["srt", "mkv"],
      ["ass", "mkv"],
      ["webvtt", "webm"],
      ["mov_text", "mp4"],
    ] as const
  ) {
    Deno.test({
      name: `${decoder}: subtitles inside a video are read: ${codec} in ${extension}`,
      ...ADDONS_STAY,
      fn: async () => {
        const path = await subtitledVideo(LINES, codec, extension);
        using pool = await DecodePool.open({ decoder, workers: 1, imageSize: 32 });
        assert.deepEqual(await pool.subtitles(path), PLAIN);
      },
    });
  }
  Deno.test({
    name: `${decoder}: a video without subtitles has none, what is no video says so`,
    ...ADDONS_STAY,
    fn: async () => {
      using pool = await DecodePool.open({ decoder, workers: 1, imageSize: 32 });
      assert.deepEqual(await pool.subtitles(await makeVideo()), []);
      const path = await Deno.makeTempFile({ suffix: ".mp4" });
      await Deno.writeTextFile(path, "once upon a time\n".repeat(99));
      await assert.rejects(pool.subtitles(path), /^Error: Cannot decode .*: it is not a video/);
    },
  });
}

Deno.test("files of subtitles are read in the encodings they come in", async () => {
  const text = "1\r\n00:00:01,000 --> 00:00:02,000\r\nDéjà vu\r\n";
  const expected = [{ start: 1, end: 2, text: "Déjà vu" }];
  const utf16 = new Uint8Array(2 + 2 * text.length);
  const view = new DataView(utf16.buffer);
  view.setUint16(0, 0xfeff, true);
  [...text].forEach((c, i) => view.setUint16(2 + 2 * i, c.charCodeAt(0), true));
  const utf8 = new TextEncoder().encode(text);
  for (
    const bytes of [
      utf8,
      Uint8Array.of(0xef, 0xbb, 0xbf, ...utf8),
      utf16,
      Uint8Array.from(text, (c) => c.charCodeAt(0)),
    ]
  ) {
    assert.deepEqual(await parseSubtitles(bytes, "srt"), expected);
  }
  const vtt = "WEBVTT\n\nSTYLE\n::cue { color: red }\n\nNOTE no words\n\nintro\n" +
    "00:03.000 --> 00:04.500 align:start\n<v Ann>Look!\n\n00:01.000 --> 00:02.000\nFirst\n";
  assert.deepEqual(await parseSubtitles(new TextEncoder().encode(vtt), "vtt"), [
    { start: 1, end: 2, text: "First" },
    { start: 3, end: 4.5, text: "Look!" },
  ]);
  assert.deepEqual(await parseSubtitles(new TextEncoder().encode("no cues"), "srt"), []);
});

Deno.test("subtitles belong to the video of their name", async () => {
  const folder = await Deno.makeTempDir({ prefix: "fovea-test-" });
  for (
    const name of [
      "film.srt",
      "film.en.VTT",
      "film.en.forced.srt",
      "film.txt",
      "film2.srt",
      "a.srt",
    ]
  ) {
    await Deno.create(join(folder, name)).then((file) => file.close());
  }
  await Deno.mkdir(join(folder, "film.de.srt"));
  const found = await new Sidecars().of(join(folder, "film.mp4"));
  assert.deepEqual(
    found.map(({ path, type }) => [path.slice(folder.length + 1), type]),
    [["film.en.VTT", "vtt"], ["film.en.forced.srt", "srt"], ["film.srt", "srt"]],
  );
});

Deno.test.afterAll(closeEncoder);
