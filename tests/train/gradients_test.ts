import assert from "node:assert/strict";
import { numpy as np, valueAndGrad } from "@jax-js/jax";
import { parseClipConfig } from "../../models/clip/config.ts";
import { METHODS, type MethodSettings } from "../../train/configuration.ts";
import { FeatureBatches } from "../../train/feature_batch.ts";
import { group } from "../../train/grouping.ts";
import { methodObjective } from "../../train/method_objective.ts";
import { type Arrays, initialValues } from "../../train/parameters.ts";
import { compress, pfcmParameters } from "../../train/pfcm.ts";
import { sightObjective } from "../../train/sight_objective.ts";
import type { Objective } from "../../train/step.ts";
import { towerObjective } from "../../train/tower_objective.ts";
import type { Batch } from "../../train/trainer.ts";
import { Random } from "../../world/random.ts";
import { randomFeatures } from "./random_features.ts";
import { openTraced, type Tensor } from "./traced.ts";

// Fixed groups keep the loss smooth where a step would move a token to another cluster, and what a
// path teaches moves with a step unless it learns too.
const FIXED = {
  clustering: "pooling",
  attentionHeads: 2,
  rounds: 2,
  klDetached: false,
} as const;

const CASES: Record<string, Partial<MethodSettings>> = {
  "SKRR, every path and KL": { ...METHODS.skrr, ...FIXED },
  "HVD": { ...METHODS.hvd, ...FIXED },
  "SKRR with all four similarities and self-attention": {
    ...METHODS.skrr,
    ...FIXED,
    similarities: ["sentence_frame", "sentence_patch", "word_patch", "word_frame"],
    aggregation: "mha-mlp",
  },
  "SKRR with a linear map": { ...METHODS.skrr, ...FIXED, adapter: true },
  "SKRR with cross-attention": {
    ...METHODS.skrr,
    ...FIXED,
    similarities: ["x_pool", "sentence_patch", "word_patch"],
  },
  "KL of rows alone, not scaled": {
    ...METHODS.skrr,
    ...FIXED,
    klDirections: "rows",
    klScaled: false,
  },
  "mean pooling with recovered captions": { ...METHODS.baseline, captionsAsPositives: true },
  "X-Pool": { ...METHODS.baseline, adapter: false, similarities: ["x_pool"] },
};

for (const [name, settings] of Object.entries(CASES)) {
  Deno.test(`gradients agree with finite differences: ${name}`, async () => {
    const whole = { ...METHODS.skrr, ...settings };
    const features = randomFeatures();
    const { dim, frames, patches, words, recoveredPerVideo: recovered } = features;
    const shape = { batch: 6, frames, patches, words, recovered, dim };
    const objective = methodObjective(shape, whole, Math.log(5));
    const arrays = new FeatureBatches(features, shape.batch, "batch", true).batch(0);
    await assertGradients(objective, arrays);
  });
}

Deno.test("gradients agree with finite differences: two rounds, DPC-KNN's clusters frozen", async () => {
  const [B, N, D] = [2, 12, 8];
  const settings = { ...METHODS.skrr, rounds: 2, attentionHeads: 2 };
  const random = new Random("clusters");
  const noise = (shape: number[], scale = 1): Tensor => {
    const length = shape.reduce((a, b) => a * b, 1);
    return { shape, data: Float32Array.from({ length }, () => scale * random.between(-1, 1)) };
  };
  const specs = pfcmParameters(D, settings.rounds);
  const weights = Object.fromEntries(
    Object.entries(specs).map(([name, { shape }]) => [name, noise([...shape], 0.5)]),
  );
  const inputs = { x: noise([B, N, D]), ...weights };
  const names = Object.keys(inputs);
  const loss = (arrays: Arrays, grouping?: typeof group): np.Array => {
    const { x, ...weights } = arrays;
    const patches = { tokens: x, mask: np.ones([B, N]) };
    // A sum of squares, so that the gradient is not the same for all tokens.
    return np.square(compress(weights, patches, settings, grouping).tokens).sum();
  };
  const clustered = await openTraced(inputs, (arrays) => {
    const [, gradients] = valueAndGrad((arrays: Arrays) => loss(arrays))(retained(arrays));
    const members: Arrays = {};
    loss(arrays, (...of) => {
      const groups = group(...of);
      const round = Object.keys(members).length / 2;
      members[`members.${round}`] = groups.members.ref;
      members[`clusters.${round}`] = groups.clusters.ref;
      return groups;
    });
    return {
      ...members,
      ...Object.fromEntries(names.map((name) => [`gradient.${name}`, gradients[name] as never])),
    };
  });
  const found = await clustered();

  const M = [6, 3];
  const frozenInputs: Record<string, Tensor> = { ...inputs };
  M.forEach((m, r) => {
    const n = r === 0 ? N : M[r - 1];
    frozenInputs[`members.${r}`] = { shape: [B, m, n], data: found[`members.${r}`] };
    frozenInputs[`clusters.${r}`] = { shape: [B, m], data: found[`clusters.${r}`] };
  });
  const frozen = await openTraced(frozenInputs, (arrays) => {
    let round = 0;
    const own = Object.fromEntries(names.map((name) => [name, arrays[name]]));
    const value = loss(own, (x, mask) => {
      x.dispose();
      mask.dispose();
      const groups = {
        members: arrays[`members.${round}`].ref,
        clusters: arrays[`clusters.${round}`].ref,
      };
      round++;
      return groups;
    });
    return { value };
  });
  for (const name of names) {
    const gradient = found[`gradient.${name}`];
    const length = Math.hypot(...gradient) || 1;
    const step = 1e-2;
    const at = async (by: number) => {
      const data = (inputs as Record<string, Tensor>)[name].data;
      const moved = data.map((x, i) => x + by * gradient[i] / length);
      return (await frozen({ [name]: moved })).value[0];
    };
    const measured = (await at(step) - await at(-step)) / (2 * step);
    const expected = gradient.reduce((sum, g) => sum + g * g, 0) / length;
    assert(
      Math.abs(measured - expected) <= 0.02 * expected + 1e-2,
      `${name}: the gradient says ${expected} and a step ${measured}`,
    );
  }
});

Deno.test("gradients agree with finite differences: seeing and reading with a normalised stem", async () => {
  const tower = { hidden_size: 16, intermediate_size: 32, num_hidden_layers: 1 };
  const config = parseClipConfig({
    model_type: "clip",
    projection_dim: 8,
    vision_config: {
      ...tower,
      num_attention_heads: 2,
      image_size: 12,
      patch_size: 4,
      stem: [{ stride: 2, width: 8, blocks: 0 }, { stride: 2, width: 16, blocks: 1 }],
    },
    text_config: {
      ...tower,
      num_attention_heads: 2,
      vocab_size: 20,
      max_position_embeddings: 5,
    },
  });
  const attributes = [{ values: 3, weight: 1 }, { values: 2, weight: 0.5 }];
  const shape = { batch: 16, words: 5, regions: 2, attributes, phraseWords: 4 };
  const random = new Random("towers");
  const [phrases, regions] = [5, shape.batch * shape.regions];
  const fill = (length: number, value: (i: number) => number) =>
    Float32Array.from({ length }, (_, i) => value(i));
  const ids = (length: number) => Int32Array.from({ length }, () => random.below(20));
  const batch = {
    cut: fill(16 * 9 * 48, () => random.between(-2, 2)),
    ids: ids(16 * 5),
    wordMask: fill(16 * 5, () => 1),
    sentenceAt: fill(16 * 5, (i) => Number(i % 5 === 4)),
    regions: fill(regions * 9, (i) => Number(i % 9 === Math.floor(i / 9) % 9)),
    labels: fill(regions * phrases, (i) => {
      const [region, phrase] = [Math.floor(i / 5), i % 5];
      return Number(phrase === region % 3 || phrase === 3 + region % 2);
    }),
    phraseIds: ids(phrases * 4),
    phraseWords: fill(phrases * 4, (i) => i % 4 === 1 || i % 4 === 2 ? 1 / 2 : 0),
    phraseAt: fill(phrases * 4, (i) => Number(i % 4 === 3)),
  };
  const step = 1e-3; // the ends of rectified units are near
  await assertGradients(sightObjective(config, shape), batch, step);
  await assertGradients(towerObjective(config, shape), batch, step);
});

function retained(arrays: Arrays): Arrays {
  return Object.fromEntries(Object.entries(arrays).map(([name, array]) => [name, array.ref]));
}

/** Compares the gradient of every parameter with what small steps do to the loss. */
async function assertGradients(objective: Objective, arrays: Batch, step = 5e-3): Promise<void> {
  const random = new Random("weights");
  const values = initialValues(objective.parameters, () => random.next());
  // Away from zeros and ones, where some gradients vanish.
  for (const data of Object.values(values)) {
    data.forEach((_, i) => data[i] += random.between(-0.2, 0.2));
  }
  const inputs: Record<string, Tensor<Float32Array | Int32Array>> = {};
  for (const [batchName, { shape }] of Object.entries(objective.batch)) {
    inputs[batchName] = { shape, data: arrays[batchName] };
  }
  for (const [parameter, { shape }] of Object.entries(objective.parameters)) {
    inputs[`weights.${parameter}`] = { shape, data: values[parameter] };
  }
  const names = Object.keys(objective.parameters);
  const run = await openTraced(inputs, (traced) => {
    const weights: Arrays = Object.fromEntries(
      names.map((name) => [name, traced[`weights.${name}`]]),
    );
    const sum = (weights: Arrays, batch: Arrays) =>
      objective.loss(weights, batch).reduce((a, b) => a.add(b));
    const batch: Arrays = Object.fromEntries(
      Object.keys(objective.batch).map((name) => [name, traced[name]]),
    );
    const [loss, gradients] = valueAndGrad(sum)(weights, batch);
    return {
      loss,
      ...Object.fromEntries(names.map((name) => [`gradient.${name}`, gradients[name] as never])),
    };
  });
  const found = await run();
  assert(Number.isFinite(found.loss[0]));
  for (const parameter of names) {
    const gradient = found[`gradient.${parameter}`];
    const length = Math.hypot(...gradient) || 1;
    const sideways = 1 / Math.sqrt(gradient.length);
    const direction = gradient.map((g) => g / length + sideways * random.between(-1, 1));
    const at = async (by: number) => {
      const moved = values[parameter].map((x, i) => x + by * direction[i]);
      return (await run({ [`weights.${parameter}`]: moved })).loss[0];
    };
    const measured = (await at(step) - await at(-step)) / (2 * step);
    const expected = gradient.reduce((sum, g, i) => sum + g * direction[i], 0);
    const tolerance = 0.02 * Math.max(Math.abs(expected), Math.abs(measured)) + 5e-3;
    assert(
      Math.abs(measured - expected) <= tolerance,
      `${parameter}: the gradient says ${expected} and a step ${measured}`,
    );
  }
}

Deno.test("no gradient flows through the clusters, nor into what a path teaches", async () => {
  const features = randomFeatures();
  const { dim, frames, patches, words, recoveredPerVideo: recovered } = features;
  const shape = { batch: 6, frames, patches, words, recovered, dim };
  const arrays = new FeatureBatches(features, shape.batch, "batch", true).batch(0);
  const gradientsWith = async (settings: MethodSettings) => {
    const objective = methodObjective(shape, settings, Math.log(5));
    const random = new Random("weights");
    const values = initialValues(objective.parameters, () => random.next());
    const inputs: Record<string, Tensor> = {};
    for (const [name, { shape }] of Object.entries(objective.batch)) {
      inputs[name] = { shape, data: arrays[name] as Float32Array };
    }
    for (const [name, { shape }] of Object.entries(objective.parameters)) {
      inputs[`weights.${name}`] = { shape, data: values[name] };
    }
    const names = Object.keys(objective.parameters);
    const run = await openTraced(inputs, (traced) => {
      const weights: Arrays = Object.fromEntries(
        names.map((name) => [name, traced[`weights.${name}`]]),
      );
      const batch: Arrays = Object.fromEntries(
        Object.keys(objective.batch).map((name) => [name, traced[name]]),
      );
      const last = (weights: Arrays, batch: Arrays) => objective.loss(weights, batch).at(-1)!;
      const [, gradients] = valueAndGrad(last)(weights, batch);
      return Object.fromEntries(names.map((name) => [name, gradients[name] as never]));
    });
    return await run();
  };
  const settings = { ...METHODS.skrr, attentionHeads: 2, rounds: 1 };
  const detached = await gradientsWith(settings);
  const both = await gradientsWith({ ...settings, klDetached: false });
  // The last term is KL of word–patch: whole videos learn from it in either case.
  const norm = (gradient: Float32Array) => Math.hypot(...gradient);
  const name = "rounds.0.attention.query.weight";
  assert(Object.values(detached).every((gradient) => gradient.every(Number.isFinite)));
  assert(norm(detached[name]) > 0);
  assert.notDeepEqual(detached[name], both[name]);
});
