import assert from "node:assert/strict";
import { join } from "node:path";
import { srt } from "../media/subtitles.ts";
import { sampleVideos } from "../media/samples.ts";
import { fovea, lines, MODEL } from "./fovea.ts";

const INDEX = ["index", "--model", MODEL, "--device", "cpu", "--json", "videos"];

/** Runs a verb that must succeed. */
async function run(home: string, ...args: string[]) {
  const outcome = await fovea(args, home);
  assert.equal(outcome.code, 0, outcome.stderr);
  return outcome;
}

/** What alerts told of while a verb ran: the alert's text and the video's name. */
function told(outcome: { stdout: string; stderr: string; code: number }): string[] {
  if (outcome.stdout === "") return [];
  return lines(outcome).filter((it) => it.alert)
    .map(({ alert, match }) => `${alert.text}: ${match.video.split("/").at(-1)}`).sort();
}

async function scoresOf(home: string, text: string): Promise<Map<string, number>> {
  const { results } = lines(await run(home, "query", text, "--json", "--top", "99"))[0];
  return new Map(results.map((it: { video: string; score: number }) => [
    it.video.split("/").at(-1),
    it.score,
  ]));
}

Deno.test("saved searches tell once of what is new", async () => {
  const home = await folder();
  await sampleVideos(join(home, "videos"), 2);
  const later = await sampleVideos(join(home, "later"), 6);
  await run(home, ...INDEX);
  // Everything matches; what is there already is no news.
  const all = lines(await run(home, "alert", "add", "red", "--min-score", "-9", "--json"))[0];
  assert.deepEqual([all.text, all.min_score, all.post], ["red", -9, null]);
  await run(home, "alert", "add", "the lighthouse", "--min-score", "9");
  assert.deepEqual(told(await run(home, "alert", "--json")), []);

  for (const i of [2, 3]) await Deno.copyFile(later[i], join(home, "videos", `${i}.mp4`));
  await Deno.writeTextFile(
    join(home, "videos", "3.srt"),
    srt([{ start: 0, end: 1, text: "A lighthouse!" }]),
  );
  assert.deepEqual(told(await run(home, ...INDEX)), [
    "red: 2.mp4",
    "red: 3.mp4",
    "the lighthouse: 3.mp4",
  ]);
  // Neither a further run nor another process nor a file that moves tells again.
  assert.deepEqual(told(await run(home, ...INDEX)), []);
  await Deno.rename(join(home, "videos", "2.mp4"), join(home, "videos", "moved.mp4"));
  assert.deepEqual(told(await run(home, ...INDEX)), []);
  assert.deepEqual(told(await run(home, "alert", "--json")), []);
  assert.deepEqual(told(await run(home, ...INDEX, "--rebuild")), []);

  await Deno.copyFile(later[4], join(home, "videos", "4.mp4"));
  const printed = await run(home, ...INDEX.filter((arg) => arg !== "--json"));
  assert.match(printed.stdout, /^alert "red" {2}-?\d\.\d+ {2}0:00\.0–0:02\.0 .*4\.mp4$/m);

  assert.match((await run(home, "alert", "list")).stdout, /^[0-9a-f]{6} {2}"red" {2}from -9\n/);
  await run(home, "alert", "remove", all.id);
  await run(home, "alert", "remove", "the lighthouse");
  assert.equal((await run(home, "alert", "list")).stdout, "");
  const none = await fovea(["alert", "remove", "red"], home);
  assert.equal(none.code, 1);
  assert.match(none.stderr, /^error: Cannot remove the alert red: there is none; .*\n$/m);
});

Deno.test("without a least score, only what chance does not reach is told of", async () => {
  const home = await folder();
  const later = await sampleVideos(join(home, "later"), 24);
  await Deno.mkdir(join(home, "videos"));
  for (let i = 0; i < 6; i++) await Deno.copyFile(later[i], join(home, "videos", `${i}.mp4`));
  await run(home, ...INDEX);
  const { text } = lines(await run(home, "alert", "add", "red", "--json"))[0];
  assert.match((await run(home, "alert", "list")).stdout, /good matches/);
  for (let i = 6; i < 24; i++) await Deno.copyFile(later[i], join(home, "videos", `${i}.mp4`));
  const news = told(await run(home, ...INDEX));
  // Same looks, same scores: whole looks are told of, those that are best for the text.
  const scores = await scoresOf(home, text);
  const least = Math.min(...news.map((it) => scores.get(it.split(": ")[1])!));
  for (const [name, score] of scores) {
    if (score > least + 1e-6 && Number(name.split(".")[0]) >= 6) {
      assert(news.includes(`${text}: ${name}`), `${name} of ${score}`);
    }
  }
  assert(news.length < 18, `${news.length} of 18 told of`);
});

Deno.test("matches are posted, again where that fails, each once", async () => {
  const home = await folder();
  await sampleVideos(join(home, "videos"), 1);
  const later = await sampleVideos(join(home, "later"), 3);
  await run(home, ...INDEX);
  const bodies: { match: { video: string } }[] = [];
  const answers = [503, 200];
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    async (request) => {
      const status = answers.shift() ?? 200;
      if (status === 200) bodies.push(await request.json());
      return new Response(null, { status });
    },
  );
  const url = `http://127.0.0.1:${server.addr.port}/hook?secret=1`;
  await run(home, "alert", "add", "red", "--min-score", "-9", "--post", url);

  await Deno.copyFile(later[1], join(home, "videos", "1.mp4"));
  const indexed = await run(home, ...INDEX);
  // Indexing goes on without the permission, says so once, and loses nothing.
  assert.match(indexed.stderr, /^Cannot post to 127\.0\.0\.1:\d+: .* deno task alert .*\n$/m);
  assert.deepEqual(told(await run(home, "alert", "--json")), []);
  assert.deepEqual(bodies.map(({ match }) => match.video), [join(home, "videos", "1.mp4")]);
  await run(home, "alert");
  assert.equal(bodies.length, 1);

  await Deno.copyFile(later[2], join(home, "videos", "2.mp4"));
  await run(home, ...INDEX);
  answers.push(404);
  const refused = await fovea(["alert"], home);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /^Cannot post to 127\.0\.0\.1:\d+: it answered 404; [^\n]*\n$/m);
  assert(!refused.stderr.includes("secret"));
  await run(home, "alert");
  assert.deepEqual(bodies.map(({ match }) => match.video.split("/").at(-1)), ["1.mp4", "2.mp4"]);
  await server.shutdown();
});

Deno.test("alerts that make no sense are refused", async () => {
  const home = await folder();
  const none = await fovea(["alert"], home);
  assert.match(none.stderr, /^error: Cannot open the index .*: there is none.*\n$/);
  await sampleVideos(join(home, "videos"), 1);
  await run(home, ...INDEX);
  for (
    const args of [["add", " "], ["add"], ["add", "red", "--post", "file:///x"], [
      ...["add", "red", "--min-score", "much"],
    ], ["frobnicate"]]
  ) {
    const outcome = await fovea(["alert", ...args], home);
    assert.equal(outcome.code, 2, `${args}: ${outcome.stderr}`);
    assert.match(outcome.stderr, /^error: [^\n]+\n$/m);
  }
});

async function folder(): Promise<string> {
  return await Deno.realPath(await Deno.makeTempDir({ prefix: "fovea-test-" }));
}
