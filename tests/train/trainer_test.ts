import assert from "node:assert/strict";
import { join } from "node:path";
import { paperConfiguration, type TrainingConfiguration } from "../../train/configuration.ts";
import type { ParameterValues } from "../../train/parameters.ts";
import { RunFolder } from "../../train/run_folder.ts";
import { trainHeads } from "../../train/train_heads.ts";
import { randomFeatures } from "./random_features.ts";

const CONFIGURATION: TrainingConfiguration = {
  ...paperConfiguration("skrr"),
  rounds: 1,
  attentionHeads: 2,
  batch: 6,
  epochs: 4,
  learningRate: 3e-3,
  evaluateEvery: 3,
  checkpointEvery: 2,
};

async function run(
  dir: string,
  { configuration = CONFIGURATION, stopAfter = Infinity }: {
    configuration?: TrainingConfiguration;
    stopAfter?: number;
  } = {},
) {
  const stop = new AbortController();
  let best: ParameterValues = {};
  const outcome = await trainHeads(
    configuration,
    {
      training: randomFeatures(),
      validation: randomFeatures({ seed: "validation" }),
      logitScale: Math.log(20),
      store: (parameters) => {
        best = parameters;
        return Promise.resolve();
      },
      onMetrics: ({ step }) => {
        if (step === stopAfter) stop.abort();
      },
    },
    await RunFolder.open(dir, configuration),
    stop.signal,
  );
  return { outcome, best };
}

async function temporary(): Promise<string> {
  return await Deno.makeTempDir({ prefix: "fovea-test-" });
}

Deno.test("a run that was stopped goes on with the numbers of an unbroken one", async () => {
  const [whole, broken] = [await temporary(), await temporary()];
  const unbroken = await run(whole);
  assert.deepEqual(unbroken.outcome.steps, 8);
  const first = await run(broken, { stopAfter: 3 });
  assert.equal(first.outcome.end, "stopped");
  const second = await run(broken, { stopAfter: 5 });
  assert.equal(second.outcome.end, "stopped");
  const last = await run(broken);
  assert.deepEqual(last.outcome, unbroken.outcome);
  for (const name of ["metrics.jsonl", "last.safetensors", "configuration.json"]) {
    const [a, b] = await Promise.all([whole, broken].map((dir) => Deno.readFile(join(dir, name))));
    assert.deepEqual(a, b, name);
  }
});

Deno.test("what was logged after the last checkpoint is logged once", async () => {
  const dir = await temporary();
  await run(dir, { stopAfter: 4 });
  const path = join(dir, "metrics.jsonl");
  const text = await Deno.readTextFile(path);
  // As a killed process leaves it: lines of steps that no checkpoint holds.
  await Deno.writeTextFile(path, `${text}{"step":5,"loss":1}\n{"step":6,"loss":1}\n`);
  await run(dir);
  const steps = (await Deno.readTextFile(path)).trim().split("\n")
    .map((line) => JSON.parse(line).step);
  assert.deepEqual(steps, [1, 2, 3, 4, 5, 6, 7, 8]);
});

Deno.test("training makes the loss smaller and retrieval better", async () => {
  const dir = await temporary();
  const configuration = { ...CONFIGURATION, epochs: 30, evaluateEvery: 60 };
  await run(dir, { configuration });
  const lines = (await Deno.readTextFile(join(dir, "metrics.jsonl"))).trim().split("\n")
    .map((line) => JSON.parse(line));
  const mean = (part: { loss: number }[]) =>
    part.reduce((sum, { loss }) => sum + loss, 0) / part.length;
  assert(mean(lines.slice(-5)) < 0.8 * mean(lines.slice(0, 5)));
});

Deno.test("a run folder takes no other settings", async () => {
  const dir = await temporary();
  await run(dir, { stopAfter: 1 });
  await assert.rejects(
    run(dir, { configuration: { ...CONFIGURATION, keepRatio: 0.25 } }),
    /Cannot go on with the run in .*keepRatio": 0\.5.*0\.25.*another --out/,
  );
});

Deno.test("a run that ended before its first checkpoint leaves its folder to another", async () => {
  const dir = await temporary();
  await RunFolder.open(dir, { ...CONFIGURATION, keepRatio: 0.25 });
  assert.equal((await run(dir, { stopAfter: 1 })).outcome.end, "stopped");
});

Deno.test("a loss that is no number ends the run with the last good step", async () => {
  const dir = await temporary();
  await assert.rejects(
    run(dir, { configuration: { ...CONFIGURATION, learningRate: 1e30, clipNorm: 1e30 } }),
    /Cannot go on at step \d+: the loss is .*; the checkpoint of step \d+ in .* is good/,
  );
});

Deno.test("gradients of accumulated batches are their mean", async () => {
  const dir = await temporary();
  const { outcome } = await run(dir, { configuration: { ...CONFIGURATION, accumulate: 2 } });
  assert.equal(outcome.steps, 4);
});

Deno.test("early stopping ends a run that no longer gets better", async () => {
  const dir = await temporary();
  const configuration = {
    ...CONFIGURATION,
    epochs: 50,
    learningRate: 0,
    evaluateEvery: 2,
    patience: 2,
  };
  const { outcome } = await run(dir, { configuration });
  assert.deepEqual([outcome.end, outcome.steps, outcome.best?.step], ["early", 6, 2]);
});

Deno.test("the Recover-Path asks for captions", async () => {
  const features = randomFeatures({ recovered: 0 });
  await assert.rejects(
    trainHeads(CONFIGURATION, {
      training: features,
      validation: features,
      logitScale: 1,
      store: () => Promise.resolve(),
    }, await RunFolder.open(await temporary(), CONFIGURATION)),
    /Cannot train the Recover-Path: .*deno task caption/,
  );
});
