import assert from "node:assert/strict";
import { join } from "node:path";
import { jsonLines } from "../data/folder.ts";
import { captions, serveVision } from "../data/vision_endpoint.ts";
import { sampleVideos } from "../media/samples.ts";
import { fovea, startAlone } from "./fovea.ts";

const KEY = "sk-of-the-environment";

/** A folder of three videos, and a key in the environment. */
async function inFolder(test: (dir: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir();
  const before = Deno.env.get("OPENAI_API_KEY");
  Deno.env.set("OPENAI_API_KEY", KEY);
  try {
    await sampleVideos(join(dir, "data"), 3);
    const lines = [0, 1, 2].map((i) => ({ video: `${i}.mp4`, captions: [`video ${i}`] }));
    await Deno.writeTextFile(join(dir, "data", "captions.jsonl"), jsonLines(lines));
    await test(dir);
  } finally {
    if (before === undefined) Deno.env.delete("OPENAI_API_KEY");
    else Deno.env.set("OPENAI_API_KEY", before);
    await Deno.remove(dir, { recursive: true });
  }
}

const command = (endpoint: string, ...more: string[]) => [
  ...["caption", "--data", "data", "--endpoint", endpoint, "--model", "vision"],
  ...["--captions", "2", "--frames", "3", ...more],
];

Deno.test("caption says how many requests it would send, and sends them when told to", () =>
  inFolder(async (dir) => {
    await using endpoint = serveVision((_, n) => captions(2, `answer ${n}`));
    const asked = await fovea(command(endpoint.url), dir);
    assert.equal(asked.code, 1);
    assert.ok(
      asked.stderr.endsWith(
        `Send 3 requests to ${endpoint.url}, model vision: one a video, of 3 frames, for 2 ` +
          "captions each? No; run it on a terminal to be asked\n",
      ),
    );
    assert.equal(endpoint.requests.length, 0);

    const sent = await fovea(command(endpoint.url, "--yes"), dir);
    assert.equal(sent.code, 0, sent.stderr);
    assert.equal(sent.stdout, "3 videos captioned, 0 had captions, 0 failed\n");
    assert.ok(!(sent.stdout + sent.stderr).includes(KEY));
    assert.deepEqual(endpoint.faults, []);
    for (const { authorization, frames } of endpoint.requests) {
      assert.equal(authorization, `Bearer ${KEY}`);
      assert.equal(frames.length, 3);
    }
  }));

Deno.test("a killed run goes on, and asks for no video twice", () =>
  inFolder(async (dir) => {
    const second = Promise.withResolvers<void>();
    const never = Promise.withResolvers<Response>();
    let killed = false;
    await using endpoint = serveVision((_, n) => {
      if (n === 1 || killed) return captions(2, `answer ${n}`);
      second.resolve();
      return never.promise;
    });
    const args = command(endpoint.url, "--yes", "--concurrency", "1");
    const child = startAlone(args, dir);
    await second.promise;
    child.kill("SIGKILL");
    await child.output();
    killed = true;
    never.resolve(new Response());

    const { code, stdout } = await fovea(args, dir);
    assert.equal(code, 0);
    assert.equal(stdout, "2 videos captioned, 1 had captions, 0 failed\n");
    const text = await Deno.readTextFile(join(dir, "data", "recovered.jsonl"));
    const videos = text.trim().split("\n").map((line) => JSON.parse(line).video);
    assert.deepEqual(videos, ["0.mp4", "1.mp4", "2.mp4"]);
  }));

Deno.test("Ctrl-C ends a run in order", () =>
  inFolder(async (dir) => {
    const second = Promise.withResolvers<void>();
    const never = Promise.withResolvers<Response>();
    await using endpoint = serveVision((_, n) => {
      if (n === 1) return captions(2);
      second.resolve();
      return never.promise;
    });
    const child = startAlone(command(endpoint.url, "--yes", "--concurrency", "1"), dir);
    await second.promise;
    child.kill("SIGINT");
    const { code, stdout } = await child.output();
    never.resolve(new Response());
    assert.equal(code, 130);
    assert.equal(
      new TextDecoder().decode(stdout),
      "1 videos captioned, 0 had captions, 0 failed\n",
    );
  }));

Deno.test("caption says in one line what is wrong", () =>
  inFolder(async (dir) => {
    const wrong = await fovea(command("localhost:8000", "--yes"), dir);
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /^error: Cannot use the endpoint "localhost:8000": .*\n$/m);

    const error = { error: { message: `unknown key ${KEY}` } };
    await using endpoint = serveVision(() => Response.json(error, { status: 401 }));
    const refused = await fovea(command(endpoint.url, "--yes"), dir);
    assert.equal(refused.code, 1);
    assert.match(
      refused.stderr,
      /^error: Cannot get captions from .*: it does not accept the key; .*\n$/m,
    );
    assert.ok(!refused.stderr.includes(KEY));
  }));
