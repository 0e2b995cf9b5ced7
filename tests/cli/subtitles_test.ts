import assert from "node:assert/strict";
import { join } from "node:path";
import { srt, subtitledVideo } from "../media/subtitles.ts";
import { sampleVideos } from "../media/samples.ts";
import { fovea, lines, MODEL } from "./fovea.ts";

const INDEX = ["index", "--model", MODEL, "--device", "cpu", "--segment", "1", "--json", "videos"];

interface Result {
  readonly video: string;
  readonly start: number;
  readonly end: number;
  readonly at: number;
  readonly score: number;
  readonly matched: string;
  readonly line: { readonly start: number; readonly end: number; readonly text: string } | null;
}

async function query(home: string, ...args: string[]): Promise<Result[]> {
  const outcome = await fovea(["query", "--json", "--top", "20", ...args], home);
  assert.equal(outcome.code, 0, outcome.stderr);
  return lines(outcome)[0].results;
}

async function index(home: string, ...args: string[]): Promise<Record<string, unknown>[]> {
  const outcome = await fovea([...INDEX, ...args], home);
  assert.equal(outcome.code, 0, outcome.stderr);
  return lines(outcome);
}

Deno.test("what is said is found, and results say so", async () => {
  const home = await folder();
  const videos = await sampleVideos(join(home, "videos"), 6);
  const said = [
    { start: 0.2, end: 0.8, text: "Where is the old lighthouse keeper?" },
    { start: 1.3, end: 1.7, text: "He went to the harbour." },
  ];
  await Deno.writeTextFile(join(home, "videos", "3.srt"), srt(said));
  const events = await index(home);
  assert.deepEqual(events.filter((it) => "lines" in it), [{ video: videos[3], lines: 2 }]);

  const found = await query(home, "lighthouse keepers");
  const spoken = found.filter(({ line }) => line !== null);
  assert.deepEqual(
    spoken.map(({ video, start, matched, line }) => [video, start, matched, line]),
    [[videos[3], 0, "both", said[0]]],
  );
  // Whatever rank its picture has, no clip of one ranking alone comes before the best of both.
  assert.equal(found[0].line?.text, said[0].text);
  assert.equal(found.length, 12);
  assert.equal(new Set(found.map(({ video, start }) => `${video} ${start}`)).size, 12);

  const [first, ...others] = await query(home, "harbour", "--only", "speech");
  assert.deepEqual(others, []);
  assert.deepEqual([first.matched, first.start, first.line], ["speech", 1, said[1]]);
  assert(first.at >= 1 && first.at <= 1.3);
  assert((await query(home, "harbour", "--only", "picture")).every(({ line }) => line === null));
  // Words that are not said, or too few of those asked for, change nothing.
  const elsewhere = await query(home, "a red dog beside the bicycle of the mayor");
  assert(elsewhere.every(({ matched }) => matched === "picture"));
  assert.deepEqual(
    elsewhere.map(({ score }) => score),
    elsewhere.map(({ score }) => score).sort(
      (a, b) => b - a,
    ),
  );
  // A threshold on what is seen lets pass what is said; a filter does not.
  const above = await query(home, "lighthouse", "--min-score", "1000");
  assert.deepEqual(above.map(({ matched }) => matched), ["speech"]);
  assert(
    (await query(home, "lighthouse", "--path", "1.mp4")).every(({ matched }) =>
      matched === "picture"
    ),
  );
  const printed = await fovea(["query", "lighthouse", "--only", "speech"], home);
  assert.match(printed.stdout, /3\.mp4 {2}speech “Where is the old lighthouse keeper\?”\n/);
});

Deno.test("subtitles are read again when they change, and nothing is encoded for it", async () => {
  const home = await folder();
  const [video] = await sampleVideos(join(home, "videos"), 2);
  const said = (text: string) => srt([{ start: 0, end: 1, text }]);
  const path = join(home, "videos", "0.en.srt");
  await index(home);
  await Deno.writeTextFile(path, said("a lighthouse"));
  const [news, summary] = await index(home);
  assert.deepEqual(news, { video, lines: 1 });
  assert.deepEqual([summary.indexed, summary.unchanged], [0, 2]);
  assert.equal((await query(home, "lighthouse", "--only", "speech")).length, 1);

  await Deno.writeTextFile(path, said("a windmill, rather"));
  assert.deepEqual((await index(home))[0], { video, lines: 1 });
  assert.equal((await query(home, "lighthouse", "--only", "speech")).length, 0);
  assert.equal((await query(home, "windmills", "--only", "speech")).length, 1);
  assert.equal((await index(home)).length, 1);

  // It moves with its video, and goes where that goes.
  await Deno.rename(video, join(home, "videos", "moved.mp4"));
  await Deno.rename(path, join(home, "videos", "moved.srt"));
  await index(home);
  const [moved] = await query(home, "windmill", "--only", "speech");
  assert.equal(moved.video, join(home, "videos", "moved.mp4"));
  await Deno.remove(join(home, "videos", "moved.srt"));
  await index(home);
  assert.equal((await query(home, "windmill", "--only", "speech")).length, 0);
});

Deno.test("subtitles inside a video are searched, by either decoder", async () => {
  for (const decoder of ["native", "wasm"]) {
    const home = await folder();
    await Deno.mkdir(join(home, "videos"));
    const line = { start: 2.5, end: 3.5, text: "The ferry leaves at noon" };
    const source = await subtitledVideo([line], "srt", "mkv");
    await Deno.copyFile(source, join(home, "videos", "a.mkv"));
    await index(home, "--decoder", decoder);
    const found = await query(home, "ferry", "--only", "speech");
    const starts = found.map(({ start }) => start).sort();
    assert.deepEqual([starts, found[0].line, found[1].line], [[2, 3], line, line]);
  }
});

Deno.test("subtitles that cannot be read are told of once, and the rest is in", async () => {
  const home = await folder();
  const [video] = await sampleVideos(join(home, "videos"), 1);
  await Deno.create(join(home, "videos", "0.srt")).then((file) => file.close());
  await Deno.truncate(join(home, "videos", "0.srt"), 2 ** 30);
  const first = await fovea(INDEX, home);
  assert.equal(first.code, 0);
  assert.match(first.stderr, /^Cannot read .*0\.srt: [^\n]+\n$/);
  assert.equal((await fovea(INDEX, home)).stderr, "");
  assert.equal((await query(home, "red"))[0].video, video);
});

async function folder(): Promise<string> {
  return await Deno.realPath(await Deno.makeTempDir({ prefix: "fovea-test-" }));
}
