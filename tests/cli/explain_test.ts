import assert from "node:assert/strict";
import { join } from "node:path";
import { closeEncoder } from "../media/encode.ts";
import { sampleVideos } from "../media/samples.ts";
import { fovea, MODEL } from "./fovea.ts";

let home: Promise<string> | undefined;
function folder(): Promise<string> {
  return home ??= (async () => {
    const home = await Deno.realPath(await Deno.makeTempDir({ prefix: "fovea-test-" }));
    await sampleVideos(home, 1);
    await closeEncoder();
    await Deno.writeTextFile(join(home, "not.mp4"), "not a video");
    return home;
  })();
}

async function explain(...args: string[]) {
  return await fovea(["explain", "a dog", ...args, "--model", MODEL], await folder());
}

Deno.test("explain writes a picture and prints where", async () => {
  const outcome = await explain("0.mp4", "--out", "why.svg", "--frames", "3");
  assert.equal(outcome.code, 0, outcome.stderr);
  const path = join(await folder(), "why.svg");
  assert.equal(outcome.stdout, `${path}\n`);
  const svg = await Deno.readTextFile(path);
  assert.equal(svg.split("<image ").length, 4);
  // Without trained heads the patches do not count, and all are of the same importance.
  assert(svg.includes("not counted: never trained"));
  assert(!svg.includes("Importance"));
});

Deno.test("explain says in one line what is wrong", async () => {
  for (
    const [args, code, message] of [
      [["not.mp4", "--out", "why.svg"], 1, /Cannot decode .*not\.mp4: it is not a video/],
      [["missing.mp4", "--out", "why.svg"], 1, /missing\.mp4/],
      [["0.mp4", "--out", "none/why.svg"], 1, /Cannot write .*why\.svg: there is no folder .*none/],
      [["0.mp4", "--out", "why.gif"], 2, /Cannot write .*why\.gif: .*\.svg, \.png or \.html/],
      [["0.mp4", "--out", "why.svg", "--frames", "5000"], 2, /at most --frames \d+/],
      [["0.mp4"], 2, /--out/],
    ] as const
  ) {
    const outcome = await explain(...args);
    assert.equal(outcome.code, code, outcome.stderr);
    assert.match(outcome.stderr, message);
    assert.equal(outcome.stderr.trimEnd().split("\n").length, 1, outcome.stderr);
    assert.equal(outcome.stdout, "");
  }
});
