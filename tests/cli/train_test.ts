import assert from "node:assert/strict";
import { join } from "node:path";
import { loadHeads } from "../../models/hvd/heads.ts";
import { generateWorld } from "../../world/generate.ts";
import { fovea, lines, MODEL, startAlone } from "./fovea.ts";

const SETTINGS = [
  ...["--model", MODEL, "--data", "world", "--batch", "4", "--frames", "3", "--words", "12"],
  ...["--attention-heads", "4", "--rounds", "1", "--epochs", "1", "--evaluate-every", "2"],
  ...["--checkpoint-every", "1", "--json"],
];

async function home(): Promise<string> {
  const dir = await Deno.realPath(await Deno.makeTempDir({ prefix: "fovea-test-" }));
  const recipe = { seed: "train", train: 9, validation: 4, test: 4 };
  await Array.fromAsync(generateWorld(join(dir, "world"), recipe));
  return dir;
}

Deno.test("trained, killed, gone on with, evaluated, indexed with", async (t) => {
  const dir = await home();

  await t.step("a whole run", async () => {
    const outcome = await fovea(["train", ...SETTINGS, "--out", "whole"], dir);
    assert.equal(outcome.code, 0, outcome.stderr);
    const printed = lines(outcome);
    assert.deepEqual(printed.at(-1).end, "all steps");
    assert.deepEqual(printed.slice(0, -1).map(({ step }) => step), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    const heads = await loadHeads(join(dir, "whole", "best"), 32);
    assert.deepEqual([heads.trained, heads.parameters.rounds], [true, 1]);
  });

  await t.step("killed in the middle, the same command ends with the same bytes", async () => {
    const train = ["train", ...SETTINGS, "--out", "broken"];
    const child = startAlone(train, dir);
    const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    while (!text.includes('"step":4')) text += (await reader.read()).value ?? assert.fail(text);
    child.kill("SIGKILL");
    assert.equal((await child.status).signal, "SIGKILL");
    await reader.cancel();
    const outcome = await fovea(train, dir);
    assert.equal(outcome.code, 0, outcome.stderr);
    assert(lines(outcome)[0].step > 1);
    for (const name of ["metrics.jsonl", "last.safetensors", "best/heads.safetensors"]) {
      const [a, b] = await Promise.all(
        ["whole", "broken"].map((run) => Deno.readFile(join(dir, run, name))),
      );
      assert.deepEqual(a, b, name);
    }
  });

  await t.step("what was trained is a model to evaluate and to search with", async () => {
    const settings = ["--data", "world", "--model", "whole/best", "--json"];
    const evaluated = await fovea(["eval", ...settings], dir);
    assert.equal(evaluated.code, 0, evaluated.stderr);
    assert.equal(lines(evaluated)[0].heads, "skrr-world");
    const indexed = await fovea(["index", "--model", "whole/best", "world/test"], dir);
    assert.equal(indexed.code, 0, indexed.stderr);
    const found = await fovea(["query", "a cat", "--json"], dir);
    const [{ results: [{ similarities }] }] = lines(found);
    assert.equal(typeof similarities.word_patch, "number");
  });

  await t.step(
    "a baseline, named by a file of settings, is evaluated as it was trained",
    async () => {
      await Deno.writeTextFile(join(dir, "baseline.json"), JSON.stringify({ method: "baseline" }));
      const more = ["--config", "baseline.json", "--learning-rate", "0.05", "--out", "baseline"];
      const outcome = await fovea(["train", ...SETTINGS, ...more], dir);
      assert.equal(outcome.code, 0, outcome.stderr);
      const { best } = lines(outcome).at(-1);
      const of = async (model: string) => {
        const settings = ["--frames", "3", "--words", "12", "--split", "validation", "--json"];
        const { code, stdout, stderr } = await fovea(
          ["eval", "--data", "world", "--model", model, ...settings],
          dir,
        );
        assert.equal(code, 0, stderr);
        return JSON.parse(stdout);
      };
      const trained = await of("baseline/best");
      assert.deepEqual([trained.heads, trained.similarities], ["baseline-world", [
        "sentence_frame",
      ]]);
      assert.equal(trained.text_to_video.r_sum, best.score);
      assert.equal((await of(MODEL)).heads, null);
      const byMode = ["eval", "--data", "world", "--model", "baseline/best", "--mode", "skrr"];
      const { code, stderr } = await fovea(byMode, dir);
      assert.equal(code, 2);
      assert.match(stderr, /^error: Cannot evaluate .* by mode: its heads "baseline-world" are/m);
    },
  );

  await t.step("towers that learn too", async () => {
    const all = ["--train", "all", "--epochs", "0.2", "--tower-learning-rate", "1e-3"];
    const outcome = await fovea(["train", ...SETTINGS, ...all, "--out", "all"], dir);
    assert.equal(outcome.code, 0, outcome.stderr);
    const [before, after] = await Promise.all(
      [MODEL, join(dir, "all", "best")].map((of) => Deno.readFile(join(of, "model.safetensors"))),
    );
    assert.notDeepEqual(before, after);
    const indexed = await fovea(
      ["index", "--model", "all/best", "--index", "other", "world/test"],
      dir,
    );
    assert.equal(indexed.code, 0, indexed.stderr);
  });

  await t.step("every row of a table, each with its seeds", async () => {
    await Deno.writeTextFile(
      join(dir, "settings.json"),
      JSON.stringify({ batch: 4, frames: 3, words: 12, attentionHeads: 4, rounds: 1, epochs: 0.2 }),
    );
    const ablate = [
      ...["ablate", "--data", "world", "--model", MODEL, "--out", "ablation"],
      ...["--config", "settings.json", "--tables", "kl", "--seeds", "2", "--candidates", "2"],
    ];
    await Deno.mkdir(join(dir, "ablation"));
    const file = join(dir, "ablation", "ablation.json");
    await Deno.writeTextFile(file, JSON.stringify([{ id: "rounds", title: "Rounds", rows: [] }]));
    const outcome = await fovea(ablate, dir);
    assert.equal(outcome.code, 0, outcome.stderr);
    const tables: { id: string }[] = JSON.parse(await Deno.readTextFile(file));
    assert.deepEqual(tables.map(({ id }) => id), ["rounds", "kl"], "what ran before stays");
    const rows = outcome.stdout.split("\n").filter((line) => /^\| with/.test(line));
    assert.deepEqual(rows.map((row) => row.split(" | ")[0]), ["| without KL", "| with KL"]);
    assert(rows.every((row) => / ± /.test(row)));
    // What is done is not done again.
    const began = await Deno.stat(join(dir, "ablation", "runs"));
    const again = await fovea(ablate, dir);
    assert.equal(again.stdout, outcome.stdout);
    const ended = await Deno.stat(join(dir, "ablation", "runs"));
    assert.deepEqual(ended.mtime, began.mtime);
  });
});

Deno.test("training says in one line what is wrong", async () => {
  const dir = await home();
  const cases: [string[], RegExp][] = [
    [["--keep-ratio", "2"], /^error: Cannot train with these settings: keepRatio: .*\n$/],
    [["--attention-heads", "3"], /^error: Cannot train: attentionHeads 3 does not divide .* 32\n$/],
    [["--batch", "64"], /^error: Cannot make batches of 64: the training split has 9 videos\n$/],
    [["--config", "none.json"], /^error: Cannot read the settings in .*none\.json.*\n$/],
    [["--model", "auto"], /^error: .* There is no index to choose by: name a model, such as mini/],
  ];
  for (const [flags, expected] of cases) {
    const { code, stderr } = await fovea(["train", ...SETTINGS, ...flags, "--out", "run"], dir);
    assert.notEqual(code, 0);
    assert.match(stderr, expected);
  }
});
