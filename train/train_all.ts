/**
 * Trains a method together with its towers, which learn at a rate of their own.
 *
 * @module
 */
import { join } from "node:path";
import type { CaptionedVideos } from "../data/captioned_videos.ts";
import { computeFeatures } from "../features/compute_features.ts";
import { openTokenizer } from "../models/clip/tokenizer.ts";
import type { ModelFiles } from "../models/model_files.ts";
import { resolveModel } from "../models/registry.ts";
import { readSafetensors } from "../models/safetensors.ts";
import { DecodePool } from "../pipeline/decode/pool.ts";
import { Random } from "../world/random.ts";
import { accumulated } from "./accumulated.ts";
import { allObjective } from "./all_objective.ts";
import type { TrainingConfiguration } from "./configuration.ts";
import type { ParameterValues } from "./parameters.ts";
import type { Metrics, RunFolder } from "./run_folder.ts";
import { openScorer } from "./scoring.ts";
import { type HeadsCard, storeHeads } from "./store_heads.ts";
import { storeTowers } from "./store_towers.ts";
import { CANDIDATES } from "./train_heads.ts";
import { type Outcome, stepsOf, train } from "./trainer.ts";
import { validationRecall } from "./validation_recall.ts";
import { VideoBatches } from "./video_batch.ts";

/** What a run needs beside its configuration. */
export interface AllTraining {
  readonly training: CaptionedVideos;
  readonly validation: CaptionedVideos;
  readonly model: ModelFiles;
  readonly logitScale: number;
  readonly card: HeadsCard;
  readonly onMetrics?: (line: Metrics) => void;
}

/**
 * Trains, or goes on with the run in `folder`. Memory grows with B·N_f pictures: lower `batch` and
 * raise `accumulate` where it does not suffice.
 */
export async function trainAll(
  configuration: TrainingConfiguration,
  { training, validation, model, logitScale, card, onMetrics }: AllTraining,
  folder: RunFolder,
  signal?: AbortSignal,
): Promise<Outcome> {
  const { batch, frames, words, seed, accumulate, recoverPath, captionsAsPositives } =
    configuration;
  const { config } = model;
  const withRecovered = recoverPath || captionsAsPositives;
  const shape = {
    batch,
    frames,
    words: Math.min(words, config.text.contextLength),
    patches: config.vision.patches,
    dim: config.dim,
    recovered: withRecovered
      ? Math.max(...training.videos.map(({ recovered }) => recovered.length))
      : 0,
  };
  if (withRecovered && shape.recovered === 0) {
    throw new RangeError(
      "Cannot train the Recover-Path: the data set has no recovered captions; make them with " +
        "`deno task caption`, or train with --method hvd",
    );
  }
  const objective = allObjective(config, shape, configuration, logitScale);
  using pool = await DecodePool.open({
    decoder: "auto",
    workers: navigator.hardwareConcurrency,
    imageSize: config.vision.imageSize,
  });
  const batches = new VideoBatches({
    data: training,
    config,
    tokenizer: await openTokenizer(model.dir, config.text),
    pool,
    shape,
    seed: `${seed}`,
  });
  const captions = training.videos.reduce((sum, { captions }) => sum + captions.length, 0);
  const random = new Random(`${seed}/weights`);
  const store = async (parameters: ParameterValues, dir: string) => {
    await storeTowers(dir, parameters, model);
    await storeHeads(dir, parameters, configuration, config.dim, card);
  };
  return await train(
    {
      objective,
      schedule: {
        ...configuration,
        steps: stepsOf(configuration, batches.perPass, captions / training.videos.length),
      },
      random: () => random.next(),
      pretrained: await towerValues(model, Object.keys(objective.parameters)),
      batch: async (step) =>
        accumulated(
          await Promise.all(
            Array.from({ length: accumulate }, (_, i) => batches.batch(step * accumulate + i)),
          ),
        ),
      async evaluate(parameters) {
        const current = join(folder.dir, "current");
        await store(parameters, current);
        const towers = await resolveModel(current);
        const settings = { frames, words };
        using features = await computeFeatures(
          join(current, "features"),
          validation,
          towers,
          settings,
        );
        const scorer = await openScorer(features, configuration, CANDIDATES);
        const recall = validationRecall(await scorer.score(parameters));
        await scorer.close();
        return recall;
      },
      store,
      onMetrics,
    },
    folder,
    signal,
  );
}

/** The weights that the towers have, in the shapes that they are learned in. */
async function towerValues(
  { weightsPath }: ModelFiles,
  names: readonly string[],
): Promise<ParameterValues> {
  const file = await readSafetensors(weightsPath);
  const values: ParameterValues = {};
  for (const name of names) {
    if (file.tensors.has(name)) values[name] = await file.float32(name);
  }
  return values;
}
