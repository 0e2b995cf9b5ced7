import assert from "node:assert/strict";
import { join } from "node:path";
import { type CaptionOptions, captionVideos } from "../../data/caption_videos.ts";
import { EndpointError, parseCaptions } from "../../data/captioner.ts";
import { openData } from "../../data/open_data.ts";
import { sampleVideos } from "../media/samples.ts";
import { jsonLines } from "./folder.ts";
import { captions, completion, serveVision } from "./vision_endpoint.ts";

/** A folder of four videos. */
async function inFolder(test: (dir: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    await sampleVideos(dir, 4);
    const lines = [0, 1, 2, 3].map((i) => ({ video: `${i}.mp4`, captions: [`video ${i}`] }));
    await Deno.writeTextFile(join(dir, "captions.jsonl"), jsonLines(lines));
    await test(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

/** Settings of a test; nothing waits long. */
function settings(dir: string, endpoint: string): CaptionOptions {
  return {
    data: dir,
    endpoint,
    model: "vision",
    captions: 3,
    frames: 2,
    concurrency: 2,
    firstDelay: 0.001,
    confirm: () => true,
  };
}

async function recoveredLines(dir: string): Promise<{ video: string; recovered: string[] }[]> {
  const text = await Deno.readTextFile(join(dir, "recovered.jsonl"));
  assert.ok(text.endsWith("\n"));
  return text.trim().split("\n").map((line) => JSON.parse(line));
}

Deno.test("every video is sent once, as frames, and its captions are kept for the data set", () =>
  inFolder(async (dir) => {
    await using endpoint = serveVision((_, n) => captions(3, `answer ${n}`));
    const asked: [number, number][] = [];
    const summary = await captionVideos({
      ...settings(dir, endpoint.url),
      apiKey: "sk-secret",
      confirm: (...counts) => asked.push(counts) > 0,
    });
    assert.deepEqual(summary, { captioned: 4, unchanged: 0, failed: 0, confirmed: true });
    assert.deepEqual(asked, [[4, 0]]);
    assert.deepEqual(endpoint.faults, []);
    assert.equal(endpoint.requests.length, 4);
    for (const { authorization, model, instruction, frames } of endpoint.requests) {
      assert.equal(authorization, "Bearer sk-secret");
      assert.equal(model, "vision");
      assert.match(instruction, /2 frames.* Write 3 different captions/);
      assert.equal(frames.length, 2);
    }
    const { videos } = await (await openData(dir)).load("all");
    for (const { recovered } of videos) {
      assert.match(recovered[2], /^answer \d, 3$/);
      assert.equal(recovered.length, 3);
    }
    const kept = await recoveredLines(dir);
    const again = await captionVideos(settings(dir, endpoint.url));
    assert.deepEqual(again, { captioned: 0, unchanged: 4, failed: 0, confirmed: true });
    assert.equal(endpoint.requests.length, 4);
    assert.deepEqual(await recoveredLines(dir), kept);
  }));

Deno.test("nothing is sent unless it is confirmed", () =>
  inFolder(async (dir) => {
    await using endpoint = serveVision(() => captions(3));
    const summary = await captionVideos({
      ...settings(dir, endpoint.url),
      confirm: () => false,
    });
    assert.deepEqual(summary, { captioned: 0, unchanged: 0, failed: 0, confirmed: false });
    assert.equal(endpoint.requests.length, 0);
  }));

Deno.test("what fails for now is tried again", () =>
  inFolder(async (dir) => {
    const failures = [
      () => new Response("{}", { status: 429, headers: { "retry-after": "0" } }),
      () => new Response("out of memory", { status: 500 }),
      () => new Response("<html>bad gateway</html>", { status: 502 }),
      () => new Response("no json", { headers: { "content-type": "application/json" } }),
      () => completion("I cannot see any pictures."),
      () => completion('["too few", "captions"]'),
      () => Response.json({ choices: [] }),
    ];
    await using endpoint = serveVision((_, n) => failures[n - 1]?.() ?? captions(3));
    const summary = await captionVideos({ ...settings(dir, endpoint.url), attempts: 8 });
    assert.deepEqual(endpoint.faults, []);
    assert.deepEqual(summary, { captioned: 4, unchanged: 0, failed: 0, confirmed: true });
    assert.equal(endpoint.requests.length, 4 + failures.length);
    assert.equal((await recoveredLines(dir)).length, 4);
  }));

Deno.test("an endpoint that says how long to wait is waited for", () =>
  inFolder(async (dir) => {
    const times: number[] = [];
    await using endpoint = serveVision((_, n) => {
      times.push(performance.now());
      return n === 1
        ? new Response("{}", { status: 429, headers: { "retry-after": "1" } })
        : captions(3);
    });
    await captionVideos({ ...settings(dir, endpoint.url), concurrency: 1 });
    assert.equal(times.length, 5);
    assert.ok(times[1] - times[0] > 990);
  }));

Deno.test("a video that fails to the last is named, and asked for again by the next run", () =>
  inFolder(async (dir) => {
    await Deno.writeFile(join(dir, "2.mp4"), new Uint8Array(100));
    let broken = true;
    await using endpoint = serveVision((_, n) =>
      broken && n <= 3 ? new Response("busy", { status: 503 }) : captions(3)
    );
    const failed: [string, string][] = [];
    const options = {
      ...settings(dir, endpoint.url),
      concurrency: 1,
      attempts: 3,
      onFailed: (...failure: [string, string]) => failed.push(failure),
    };
    const summary = await captionVideos(options);
    assert.deepEqual(summary, { captioned: 2, unchanged: 0, failed: 2, confirmed: true });
    assert.deepEqual(failed.map(([video]) => video), ["0.mp4", "2.mp4"]);
    assert.match(failed[0][1], /^Cannot get captions from http:.*: 503 /);
    assert.match(failed[1][1], /^Cannot decode .*2\.mp4: /);
    broken = false;
    const next = await captionVideos(options);
    assert.deepEqual([next.captioned, next.unchanged, next.failed], [1, 2, 1]);
  }));

Deno.test("an endpoint that refuses every request ends the run without telling the key", () =>
  inFolder(async (dir) => {
    for (const status of [401, 403, 404]) {
      const body = { error: { message: "no: sk-secret is\nunknown" } };
      await using endpoint = serveVision(() => Response.json(body, { status }));
      await assert.rejects(
        captionVideos({
          ...settings(dir, endpoint.url),
          concurrency: 1,
          apiKey: "sk-secret",
        }),
        (error: Error) =>
          error instanceof EndpointError && !error.message.includes("secret") &&
          !error.message.includes("\n") && error.message.includes("no: … is\\nunknown"),
      );
      assert.equal(endpoint.requests.length, 1);
    }
    assert.equal(await Deno.readTextFile(join(dir, "recovered.jsonl")), "");
  }));

Deno.test("a request that the endpoint finds wrong is not repeated", () =>
  inFolder(async (dir) => {
    await using endpoint = serveVision((_, n) =>
      n === 1 ? new Response("too large", { status: 413 }) : captions(3)
    );
    const summary = await captionVideos(settings(dir, endpoint.url));
    assert.deepEqual([summary.captioned, summary.failed], [3, 1]);
    assert.equal(endpoint.requests.length, 4);
  }));

Deno.test("as many requests are under way as were asked for, and no more", () =>
  inFolder(async (dir) => {
    const both = Promise.withResolvers<void>();
    await using endpoint = serveVision(async (_, n) => {
      if (n === 2) both.resolve();
      await both.promise;
      return captions(3);
    });
    await captionVideos(settings(dir, endpoint.url));
    assert.equal(endpoint.most, 2);
  }));

Deno.test("what a killed run left of a line is taken away, and other damage is named", () =>
  inFolder(async (dir) => {
    const path = join(dir, "recovered.jsonl");
    const line = { video: "1.mp4", recovered: ["a", "b", "c"] };
    await Deno.writeTextFile(path, `${jsonLines([line])}{"video": "2.mp4", "reco`);
    await using endpoint = serveVision(() => captions(3));
    const summary = await captionVideos(settings(dir, endpoint.url));
    assert.deepEqual([summary.captioned, summary.unchanged], [3, 1]);
    const lines = await recoveredLines(dir);
    assert.deepEqual(lines[0], line);
    assert.deepEqual(lines.map(({ video }) => video).sort(), ["0.mp4", "1.mp4", "2.mp4", "3.mp4"]);

    await Deno.writeTextFile(path, `{"video": 1}\n${jsonLines([line])}`);
    await assert.rejects(
      captionVideos(settings(dir, endpoint.url)),
      { message: `Cannot go on with ${path} line 1: it is damaged; remove the line` },
    );
  }));

Deno.test("an address that is none is refused", async () => {
  for (const endpoint of ["localhost", "ftp://localhost/v1", ""]) {
    await assert.rejects(captionVideos(settings("/nowhere", endpoint)), RangeError);
  }
});

Deno.test("captions are read out of what models say", () => {
  const expected = ["A dog runs.", "A [big] dog."];
  assert.deepEqual(parseCaptions('```json\n["A dog runs.", "A [big] dog."]\n```', 2), expected);
  assert.deepEqual(parseCaptions('- "A dog runs."\n\n- A  [big] dog.\n- third', 2), expected);
  assert.throws(() => parseCaptions('["A dog.", ""]', 2), /expected 2 captions but found/);
  assert.throws(() => parseCaptions("", 1), /expected 1 captions but found ""/);
});
