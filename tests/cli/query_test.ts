import assert from "node:assert/strict";
import { basename, join } from "node:path";
import { uniformPositions } from "../../pipeline/decode/sampling.ts";
import { closeEncoder, encode } from "../media/encode.ts";
import { sampleVideos } from "../media/samples.ts";
import { makeVideo } from "../media/videos.ts";
import { fovea, lines, MODEL } from "./fovea.ts";

const INDEX = ["index", "--model", MODEL, "--device", "cpu"];

/** One index for all tests: six clips of two halves each, with their patches. */
let indexed: Promise<string> | undefined;
function index(): Promise<string> {
  return indexed ??= (async () => {
    const home = await Deno.realPath(await Deno.makeTempDir({ prefix: "fovea-test-" }));
    await sampleVideos(join(home, "videos"), 6);
    const outcome = await fovea(
      [...INDEX, "--segment", "1", "--frames", "4", "--keep-patches", "videos"],
      home,
    );
    assert.equal(outcome.code, 0, outcome.stderr);
    return home;
  })();
}

// deno-lint-ignore no-explicit-any -- what a program on the other end of the pipe would see
async function query(...args: string[]): Promise<any> {
  const outcome = await fovea(["query", "--json", ...args], await index());
  assert.equal(outcome.code, 0, outcome.stderr);
  return { ...lines(outcome)[0], stderr: outcome.stderr };
}

Deno.test("query prints what was found, best first", async () => {
  const { query: text, model, results, stderr } = await query("red to yellow", "--top", "5");
  assert.deepEqual([text, model, results.length], ["red to yellow", MODEL, 5]);
  for (const [i, result] of results.entries()) {
    assert.deepEqual(Object.keys(result), [
      ...["rank", "video", "start", "end", "at", "score", "similarities", "matched", "line"],
    ]);
    assert.deepEqual([result.matched, result.line], ["picture", null]);
    assert.equal(result.rank, i + 1);
    assert(result.start <= result.at && result.at < result.end);
    assert(i === 0 || results[i - 1].score >= result.score);
    // No heads were trained: the frames alone decide, and the user is told.
    assert.deepEqual(result.similarities, {
      sentence_frame: result.similarities.sentence_frame,
      sentence_patch: null,
      word_patch: null,
    });
    assert(Math.abs(result.score - result.similarities.sentence_frame) < 1e-5);
  }
  assert.match(stderr, /no trained heads.*--mode skrr/);
});

Deno.test("--mode skrr sums three similarities, --mode hvd two", async () => {
  for (const [mode, expected] of [["skrr", 3], ["hvd", 2]] as const) {
    const { results } = await query("red", "--mode", mode);
    for (const { score, similarities } of results) {
      const values = Object.values(similarities).filter((it) => it !== null) as number[];
      assert.equal(values.length, expected);
      assert(Math.abs(score - values.reduce((sum, value) => sum + value, 0)) < 1e-5);
    }
  }
});

Deno.test("beyond the candidates, results go on in coarse order", async () => {
  const all = await query("red", "--mode", "skrr", "--top", "12");
  const few = await query("red", "--mode", "skrr", "--top", "12", "--candidates", "3");
  assert.equal(few.results.length, 12);
  assert(
    few.results.slice(0, 3).every((it: { similarities: { word_patch: number | null } }) =>
      it.similarities.word_patch !== null
    ),
  );
  const rest = few.results.slice(3).map((it: { score: number }) => it.score);
  assert.deepEqual(rest, rest.toSorted((a: number, b: number) => b - a));
  const key = ({ video, start }: { video: string; start: number }) => `${video} ${start}`;
  assert.deepEqual(new Set(few.results.map(key)), new Set(all.results.map(key)));
});

Deno.test("several texts count equally, --not takes off", async () => {
  const score = async (...args: string[]) => {
    const { results } = await query(...args, "--top", "12");
    return new Map<string, number>(
      results.map((it: { video: string; start: number; score: number }) => [
        `${it.video} ${it.start}`,
        it.score,
      ]),
    );
  };
  const [red, blue, both, without] = [
    await score("red"),
    await score("blue"),
    await score("red", "blue"),
    await score("red", "--not", "blue"),
  ];
  for (const [clip, value] of both) {
    assert(Math.abs(value - (red.get(clip)! + blue.get(clip)!) / 2) < 1e-5);
    assert(Math.abs(without.get(clip)! - (red.get(clip)! - blue.get(clip)! / 2)) < 1e-5);
  }
});

Deno.test("filters narrow a search", async () => {
  const videos = async (...args: string[]) => {
    const { results } = await query("red", "--top", "12", ...args);
    return new Set(results.map(({ video }: { video: string }) => video.split("/").at(-1)));
  };
  assert.deepEqual(await videos("--path", "[12].mp4"), new Set(["1.mp4", "2.mp4"]));
  assert.deepEqual(await videos("--path", "videos/3.*"), new Set(["3.mp4"]));
  assert.deepEqual(await videos("--longer", "1.5", "--path", "1.mp4"), new Set(["1.mp4"]));
  assert.equal((await videos("--shorter", "1.5")).size, 0);
  const { results } = await query("red", "--top", "12");
  const { results: above } = await query("red", "--min-score", String(results[2].score));
  assert.equal(above.length, 3);
});

Deno.test("--after and --before go by the dates that files record", async () => {
  const home = await Deno.realPath(await Deno.makeTempDir({ prefix: "fovea-test-" }));
  await Deno.mkdir(join(home, "videos"));
  for (const [name, created] of [["march", "2024-03-09"], ["april", "2024-04-09"], ["never"]]) {
    const container = created ? ["-metadata", `creation_time=${created}T12:00:00Z`] : [];
    const path = await makeVideo({ frames: 10, container });
    await Deno.copyFile(path, join(home, "videos", `${name}.mp4`));
  }
  await closeEncoder();
  const indexed = await fovea([...INDEX, "--frames", "2", "videos"], home);
  assert.equal(indexed.code, 0, indexed.stderr);
  const found = async (...args: string[]) => {
    const outcome = await fovea(["query", "red", "--json", ...args], home);
    assert.equal(outcome.code, 0, outcome.stderr);
    const { results } = lines(outcome)[0];
    return results.map(({ video }: { video: string }) => basename(video, ".mp4")).toSorted();
  };
  assert.deepEqual(await found("--after", "2024-03-09T12:00Z"), ["april", "march"]);
  assert.deepEqual(await found("--after", "2024-03-09T12:01Z"), ["april"]);
  assert.deepEqual(await found("--before", "2024-04-09T12:00Z"), ["march"]);
  assert.deepEqual(await found("--after", "2024-03-20", "--before", "2024-03-21"), []);
  const wrong = await fovea(["query", "red", "--after", "yesterday"], home);
  assert.equal(wrong.code, 2);
});

Deno.test("--mode hvd without kept patches says what it does instead", async () => {
  const home = await Deno.realPath(await Deno.makeTempDir({ prefix: "fovea-test-" }));
  await sampleVideos(join(home, "videos"), 2);
  const indexed = await fovea([...INDEX, "--frames", "2", "videos"], home);
  assert.equal(indexed.code, 0, indexed.stderr);
  const outcome = await fovea(["query", "red", "--mode", "hvd", "--json"], home);
  assert.equal(outcome.code, 0, outcome.stderr);
  assert.match(outcome.stderr, /^The index keeps no patches, .* --keep-patches .*\n$/);
  for (const { score, similarities } of lines(outcome)[0].results) {
    assert.equal(similarities.word_patch, null);
    assert(Math.abs(score - similarities.sentence_frame) < 1e-5);
  }
});

Deno.test("an empty query is refused, one too long is cut and says so", async () => {
  const empty = await fovea(["query", " "], await index());
  assert.equal(empty.code, 2);
  assert.match(empty.stderr, /^error: Cannot search for an empty text\n$/);
  const { results, stderr } = await query("a very long story ".repeat(50));
  assert.equal(results.length, 10);
  assert.match(stderr, /longer than the \d+ tokens.*cut/);
});

Deno.test("- reads a query a line, and passes over empty ones", async () => {
  const outcome = await fovea(["query", "--json", "-"], await index(), "red\n\nblue\n");
  assert.equal(outcome.code, 0, outcome.stderr);
  assert.deepEqual(lines(outcome).map(({ query }) => query), ["red", "blue"]);
  const failing = await fovea(
    ["query", "--image", "missing.png", "-"],
    await index(),
    "red\n\nblue\n",
  );
  assert.equal(failing.code, 1);
  assert.match(failing.stderr, /^error: line 1: .*missing\.png.*\nerror: line 3: .*missing\.png/);
});

Deno.test("an image finds its clip, and an unreadable one says so", async () => {
  const home = await index();
  // A video is a picture too: its first frame.
  for (const i of [0, 2, 5]) {
    const { results: [best] } = await query("--image", join("videos", `${i}.mp4`));
    assert.equal(best.video, join(home, "videos", `${i}.mp4`));
    assert.equal(best.at, 0);
    assert(best.score > 0.999);
  }
  await Deno.writeTextFile(join(home, "not.png"), "not a picture");
  const broken = await fovea(["query", "--image", "not.png"], home);
  assert.equal(broken.code, 1);
  assert.match(
    broken.stderr,
    /^error: Cannot decode .*not\.png: there is no picture in it; name another\n$/,
  );
  await Deno.writeTextFile(join(home, "a.svg"), "<svg xmlns='http://www.w3.org/2000/svg'/>");
  const drawn = await fovea(["query", "--image", "a.svg"], home);
  assert.match(drawn.stderr, /^error: Cannot decode .*a\.svg: it is text, as SVG is too, .*\n$/);
});

Deno.test("an image from the middle of a video finds its moment", async () => {
  const home = await index();
  // The third of four frames of the clip that the second second is, in videos that move enough.
  const frame = 10 + uniformPositions(10, 4)[2];
  for (const i of [2, 3, 4]) {
    const video = join(home, "videos", `${i}.mp4`);
    const taken = ["-vf", `select=eq(n\\,${frame})`, "-frames:v", "1"];
    const image = await encode(["-i", "input", ...taken], "png", video);
    const { results: [best] } = await query("--image", image);
    assert.equal(best.video, video);
    assert(Math.abs(best.at - frame / 10) < 0.1, `${best.at} is not ${frame / 10}`);
  }
  await closeEncoder();
});

Deno.test("images and texts count equally", async () => {
  const score = async (...args: string[]) => {
    const { results } = await query(...args, "--top", "12");
    return new Map<string, number>(
      results.map((it: { video: string; start: number; score: number }) => [
        `${it.video} ${it.start}`,
        it.score,
      ]),
    );
  };
  const image = (i: number) => ["--image", join("videos", `${i}.mp4`)];
  const [first, third, text] = [
    await score(...image(0)),
    await score(...image(2)),
    await score("red"),
  ];
  const images = await score(...image(0), ...image(2));
  const all = await score("red", ...image(0), ...image(2));
  assert.equal(all.size, 12);
  for (const clip of all.keys()) {
    const sum = first.get(clip)! + third.get(clip)!;
    assert(Math.abs(images.get(clip)! - sum / 2) < 1e-5);
    assert(Math.abs(all.get(clip)! - (sum + text.get(clip)!) / 3) < 1e-5);
  }
});

Deno.test("doctor tells what works", async () => {
  const outcome = await fovea(["doctor", "--json"], await index());
  assert.equal(outcome.code, 0, outcome.stderr);
  const { checks } = lines(outcome)[0];
  const state = Object.fromEntries(
    checks.map(({ name, state }: { name: string; state: string }) => [name, state]),
  );
  assert.equal(state["ONNX Runtime cpu"], "works");
  assert.equal(state["decoder native"], "works");
  assert.equal(state["decoder wasm"], "works");
  assert.equal(state["model mini"], "works");
  assert(checks.find(({ name }: { name: string }) => name === "models").detail.includes("kept in"));
});
