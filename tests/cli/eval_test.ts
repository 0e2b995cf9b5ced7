import assert from "node:assert/strict";
import { join } from "node:path";
import { readNpy, writeNpy } from "../../eval/npy.ts";
import { modelWithHeads } from "../eval/model_with_heads.ts";
import { sampleVideos } from "../media/samples.ts";
import metrics from "../vectors/metrics.json" with { type: "json" };
import { fovea, lines, MODEL } from "./fovea.ts";

/** A folder of three videos and four captions, and a cache of its own. */
async function inFolder(test: (dir: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir();
  const before = Deno.env.get("FOVEA_CACHE");
  Deno.env.set("FOVEA_CACHE", join(dir, "cache"));
  try {
    await sampleVideos(join(dir, "data"), 3);
    const rows = [["0.mp4", "red"], ["1.mp4", "blue"], ["1.mp4", "the sea"], ["2.mp4", "bars"]];
    const table = [["file", "caption"], ...rows].map((row) => `${row.join("\t")}\n`).join("");
    await Deno.writeTextFile(join(dir, "data", "captions.tsv"), table);
    await test(dir);
  } finally {
    if (before === undefined) Deno.env.delete("FOVEA_CACHE");
    else Deno.env.set("FOVEA_CACHE", before);
    await Deno.remove(dir, { recursive: true });
  }
}

Deno.test("eval prints the figures of a model on a folder, and keeps its features", () =>
  inFolder(async (dir) => {
    const args = ["eval", "--data", "data", "--model", MODEL, "--frames", "2", "--device", "cpu"];
    const table = await fovea(args, dir);
    assert.equal(table.code, 0, table.stderr);
    assert.match(table.stdout, /^data, all: 3 videos, 4 captions\n.*no trained heads, 2 frames/);
    assert.match(table.stdout, /skrr: sentence–frame, all pairs exactly/);
    assert.match(table.stdout, /R@1 +R@5 +R@10 +MdR +MnR +R@Sum\ntext to video +\d+\.\d/);
    assert.match(table.stdout, /With the test set's other queries.*\ndual softmax.*\n/);
    assert.match(table.stderr, /no trained heads, so only sentence–frame similarity counts/);
    const [features] = await Array.fromAsync(Deno.readDir(join(dir, "cache", "features")));

    const matrix = join(dir, "matrix.npy");
    const more = ["--json", "--save-matrix", matrix, "--figures", "figures"];
    const again = await fovea([...args, ...more], dir);
    const [json] = lines(again);
    assert.deepEqual([json.videos, json.captions, json.candidates], [3, 4, null]);
    assert.deepEqual((await readNpy(matrix)).shape, [4, 3]);
    const svg = await Deno.readTextFile(join(dir, "figures", "similarities.svg"));
    assert.match(svg, /^<svg .*Similarities on data, all.*<\/svg>$/s);
    const page = await Deno.readTextFile(join(dir, "figures", "retrieved.html"));
    assert.match(page, /“the sea”/);
    assert.match(page, /href="data:image\/jpeg;base64,\/9j\//);
    const kept = await Array.fromAsync(Deno.readDir(join(dir, "cache", "features")));
    assert.deepEqual(kept.map(({ name }) => name), [features.name]);

    const saved = await fovea(["eval", "--matrix", matrix, "--data", "data", "--json"], dir);
    assert.deepEqual(lines(saved)[0].text_to_video, json.text_to_video);
    assert.deepEqual(lines(saved)[0].video_to_text, json.video_to_text);
    const both = ["--figures", "both", "--beside", matrix];
    const drawn = await fovea(["eval", "--matrix", matrix, "--data", "data", ...both], dir);
    assert.equal(drawn.code, 0, drawn.stderr);
    const panels = await Deno.readTextFile(join(dir, "both", "similarities.svg"));
    assert.equal(panels.match(/>matrix</g)?.length, 2);
    const unpaired = await fovea(["eval", "--matrix", matrix], dir);
    assert.equal(unpaired.code, 2);
    assert.match(unpaired.stderr, /^error: Cannot pair 4 queries with 3 videos: .*\n$/m);
  }));

Deno.test("eval --mode hvd says how many videos it scored exactly", () =>
  inFolder(async (dir) => {
    const model = await modelWithHeads(join(dir, "model"));
    const args = ["eval", "--data", "data", "--model", model, "--frames", "4", "--device", "cpu"];
    const features = ["--features", join(dir, "features")];
    const hvd = await fovea([...args, ...features, "--mode", "hvd", "--candidates", "2"], dir);
    assert.equal(hvd.code, 0, hvd.stderr);
    assert.match(hvd.stdout, /heads test, 4 frames/);
    assert.match(
      hvd.stdout,
      /hvd: sentence–frame \+ word–patch, the best 2 videos a query exactly/,
    );
    assert.ok((await Deno.stat(join(dir, "features", "features.json"))).isFile);
    const skrr = lines(await fovea([...args, ...features, "--json"], dir))[0];
    assert.deepEqual(skrr.similarities, ["sentence_frame", "sentence_patch", "word_patch"]);
    assert.equal(skrr.heads, "test");
  }));

Deno.test("eval --matrix takes a matrix from elsewhere", () =>
  inFolder(async (dir) => {
    const path = join(dir, "matrix.npy");
    await writeNpy(path, { values: Float32Array.from(metrics.sim.flat()), shape: [40, 40] });
    const [json] = lines(await fovea(["eval", "--matrix", "matrix.npy", "--json"], dir));
    assert.equal(json.text_to_video.r1, metrics.t2v.R1);
    assert.equal(json.video_to_text.mean_rank, metrics.v2t.MeanR);
    const { stdout } = await fovea(["eval", "--matrix", "matrix.npy"], dir);
    assert.match(stdout, /text to video +25\.0 +60\.0 +80\.0 +4 +6\.55 +165\.0\n/);
    assert.doesNotMatch(stdout, /ties/);
  }));

Deno.test("eval says in one line what it needs", () =>
  inFolder(async (dir) => {
    const says = async (args: string[], code: number, pattern: RegExp) => {
      const { stderr, ...outcome } = await fovea(["eval", ...args], dir);
      assert.equal(outcome.code, code, stderr);
      assert.match(stderr, pattern);
    };
    await says([], 2, /^error: Expected --data and --model, or --matrix, but found neither\n$/m);
    const matrix = ["--matrix", "matrix.npy"];
    await says([...matrix, "--figures", "f"], 2, /^error: Expected --data with --figures/m);
    await says([...matrix, "--beside", "b.npy"], 2, /^error: Expected --figures with --beside/m);
    await says([...matrix, "--save-matrix", "m.npy"], 2, /^error: Expected --matrix or --save/m);
    await says(["--data", "data"], 2, /^error: Expected --data and --model/m);
    await says(["--data", "data", "--model", MODEL, "--split", "test"], 2, /it has all\n$/);
    await Deno.remove(join(dir, "data", "1.mp4"));
    await says(
      ["--data", "data", "--model", MODEL],
      1,
      /^error: Cannot load data from .*: 1 of 3 videos are missing: 1\.mp4\n$/m,
    );
  }));
