import assert from "node:assert/strict";
import { join } from "node:path";
import { openStep } from "../../autodiff/step.ts";
import { toOnnx } from "../../autodiff/to_onnx.ts";
import { accumulated } from "../../train/accumulated.ts";
import {
  METHODS,
  paperConfiguration,
  type TrainingConfiguration,
} from "../../train/configuration.ts";
import { FeatureBatches } from "../../train/feature_batch.ts";
import { methodObjective } from "../../train/method_objective.ts";
import { initialValues, type ParameterValues } from "../../train/parameters.ts";
import { RunFolder } from "../../train/run_folder.ts";
import { hyperInput, tracedStep } from "../../train/step.ts";
import { trainHeads } from "../../train/train_heads.ts";
import { Random } from "../../world/random.ts";
import { assertClose } from "../kernels/close.ts";
import { randomFeatures } from "./random_features.ts";

const CONFIGURATION: TrainingConfiguration = {
  ...paperConfiguration("skrr"),
  rounds: 1,
  attentionHeads: 2,
  batch: 6,
  epochs: 2, // of two captions a video
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

Deno.test("training makes the loss smaller", async () => {
  const dir = await temporary();
  const configuration = { ...CONFIGURATION, epochs: 15, evaluateEvery: 60 };
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

Deno.test("a loss that is no number ends the run, and leaves a checkpoint that gave one", async () => {
  const dir = await temporary();
  const wild = { ...CONFIGURATION, learningRate: 1e30, clipNorm: 1e30, warmUp: 0, epochs: 4 };
  const configuration = { ...wild, checkpointEvery: 1, evaluateEvery: 100 };
  await assert.rejects(
    run(dir, { configuration }),
    /^Error: Cannot go on at step 2: the loss is NaN; train with a lower learning rate into another folder$/,
  );
  await assert.rejects(Deno.stat(join(dir, "last.safetensors")), Deno.errors.NotFound);
  const metrics = await Deno.readTextFile(join(dir, "metrics.jsonl"));
  assert.match(metrics, /^{"step":1,"loss":[^\n]*}\n$/, "what came before it tells why");

  // The steps before are good ones, so what they leave is kept.
  const gentle = { ...configuration, learningRate: 1e-3, evaluateEvery: 1 };
  const other = await temporary();
  await run(other, { configuration: gentle, stopAfter: 2 });
  const path = join(other, "configuration.json");
  await Deno.writeTextFile(path, JSON.stringify(configuration, null, 2) + "\n");
  await assert.rejects(
    run(other, { configuration }),
    /Cannot go on at step 4: the loss is NaN; .*, or take what ".*" holds of step 2/,
  );
});

Deno.test("a run that is told to stop keeps no weights that give no loss", async () => {
  const dir = await temporary();
  const wild = { ...CONFIGURATION, learningRate: 1e30, clipNorm: 1e30, warmUp: 0 };
  await assert.rejects(
    run(dir, { configuration: { ...wild, evaluateEvery: 100 }, stopAfter: 1 }),
    /Cannot go on at step 2: the loss is NaN; train with a lower learning rate/,
  );
  await assert.rejects(Deno.stat(join(dir, "last.safetensors")), Deno.errors.NotFound);
});

Deno.test("a similarity that is no number ends the run with its step", async () => {
  const dir = await temporary();
  const wild = { ...CONFIGURATION, learningRate: 1e30, clipNorm: 1e30, warmUp: 0 };
  await assert.rejects(
    run(dir, { configuration: { ...wild, evaluateEvery: 1 } }),
    /Cannot go on at step 1: a similarity is not a number; train with a lower learning rate/,
  );
});

Deno.test("pairs without recovered captions, or with no dropped frame, have no such path", async () => {
  const features = randomFeatures();
  const none = features.recovered(0).wordCounts.map(() => 0);
  const some: typeof features = {
    ...features,
    recovered: (i) =>
      i % 3 === 0 ? { ...features.recovered(i), wordCounts: none } : features.recovered(i),
  };
  for (
    const [training, settings] of [
      [some, {}],
      [features, { spotRatio: 1 }],
      [some, { ...METHODS.baseline, captionsAsPositives: true }],
    ] as const
  ) {
    const configuration = { ...CONFIGURATION, ...settings };
    const losses: number[] = [];
    await trainHeads(configuration, {
      training,
      validation: features,
      logitScale: Math.log(20),
      store: () => Promise.resolve(),
      onMetrics: ({ loss }) => losses.push(loss),
    }, await RunFolder.open(await temporary(), configuration));
    assert.equal(losses.length, 8);
    assert(losses.every((loss) => Number.isFinite(loss) && loss > 0), `${losses}`);
  }
});

Deno.test("gradients of accumulated batches are their mean", async () => {
  const features = randomFeatures();
  const { dim, frames, patches, words, recoveredPerVideo: recovered } = features;
  const shape = { batch: 6, frames, patches, words, recovered, dim };
  const objective = methodObjective(shape, { ...CONFIGURATION }, Math.log(5));
  const batches = new FeatureBatches(features, shape.batch, "batch", true);
  const random = new Random("weights");
  const values = initialValues(objective.parameters, () => random.next());
  const state = Object.fromEntries(
    Object.entries(values).flatMap(([name, data]) => [
      [`parameters.${name}`, data],
      [`first.${name}`, new Float32Array(data.length)],
      [`second.${name}`, new Float32Array(data.length)],
    ]),
  );
  // After one step the first moments are the gradients, times 1 − β₁.
  const firstMoments = async (numbers: number[]) => {
    const plan = { ...CONFIGURATION, clipNorm: 1e9 };
    const traced = tracedStep(objective, plan, numbers.length);
    const step = await openStep(toOnnx("step", traced.inputs, traced.run), state, { threads: 1 });
    const batch = accumulated(numbers.map((number) => batches.batch(number)));
    const hyper = hyperInput({ heads: 1e-3, towers: 1e-3, corrections: [1, 1] });
    await step.run({ ...batch, hyper });
    const moments = Object.keys(values).flatMap((name) => [...step.read(`first.${name}`)]);
    await step.close();
    return moments;
  };
  const [both, one, other] = [
    await firstMoments([0, 1]),
    await firstMoments([0]),
    await firstMoments([1]),
  ];
  const most = Math.max(...both.map(Math.abs));
  assert(most > 0);
  assertClose(both, one.map((x, i) => (x + other[i]) / 2), 1e-5 * most);
});

Deno.test("early stopping ends a run that no longer gets better", async () => {
  const dir = await temporary();
  const configuration = {
    ...CONFIGURATION,
    epochs: 25,
    learningRate: 0,
    evaluateEvery: 2,
    patience: 2,
  };
  for (const _ of ["first", "again"]) {
    const { outcome } = await run(dir, { configuration });
    assert.deepEqual([outcome.end, outcome.steps, outcome.best?.step], ["early", 6, 2]);
  }
});

Deno.test("frames need not be compared: they say which videos are candidates all the same", async () => {
  for (const method of ["skrr", "hvd"] as const) {
    const configuration: TrainingConfiguration = {
      ...CONFIGURATION,
      ...METHODS[method],
      rounds: 1,
      attentionHeads: 2,
      similarities: ["word_patch"],
      epochs: 0.5,
    };
    const { outcome } = await run(await temporary(), { configuration });
    assert.equal(outcome.best?.step, 2);
  }
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
