/**
 * Trains a method over the tokens of frozen towers.
 *
 * @module
 */
import type { Features } from "../features/features.ts";
import { Random } from "../world/random.ts";
import { accumulated } from "./accumulated.ts";
import type { TrainingConfiguration } from "./configuration.ts";
import { FeatureBatches } from "./feature_batch.ts";
import { methodObjective } from "./method_objective.ts";
import type { ParameterValues } from "./parameters.ts";
import type { Metrics, RunFolder } from "./run_folder.ts";
import { openScorer } from "./scoring.ts";
import { type Outcome, type Schedule, stepsOf, train } from "./trainer.ts";
import { validationRecall } from "./validation_recall.ts";

/** K of the evaluations while a method without a full path is trained. */
export const CANDIDATES = 20;

/** What a run needs beside its configuration. */
export interface HeadsTraining {
  /** What is learned from. */
  readonly training: Features;
  /** What judges it. */
  readonly validation: Features;
  /** The logarithm of 1/τ that the towers were trained with. */
  readonly logitScale: number;
  /** Stores parameters in the layout of a model. */
  store(parameters: ParameterValues, dir: string): Promise<void>;
  onMetrics?(line: Metrics): void;
}

/**
 * Trains, or goes on with the run in `folder`.
 *
 * @throws {RangeError} If the configuration asks for captions that the features have not, or for
 * batches larger than the training split.
 */
export async function trainHeads(
  configuration: TrainingConfiguration,
  { training, validation, logitScale, store, onMetrics }: HeadsTraining,
  folder: RunFolder,
  signal?: AbortSignal,
): Promise<Outcome> {
  const { batch, recoverPath, captionsAsPositives, seed, accumulate } = configuration;
  const withRecovered = recoverPath || captionsAsPositives;
  if (withRecovered && training.recoveredPerVideo === 0) {
    throw new RangeError(
      "Cannot train the Recover-Path: the data set has no recovered captions; make them with " +
        "`deno task caption`, or train with --method hvd",
    );
  }
  const { dim, frames, patches, words, recoveredPerVideo: recovered } = training;
  const objective = methodObjective(
    { batch, frames, patches, words, recovered, dim },
    configuration,
    logitScale,
  );
  const batches = new FeatureBatches(training, batch, `${seed}`, withRecovered);
  const captions = training.captions.length / training.videos.length;
  const steps = stepsOf(configuration, batches.perPass, captions);
  const plan: Schedule = { ...configuration, steps };
  const random = new Random(`${seed}/weights`);
  const scorer = await openScorer(validation, configuration, CANDIDATES);
  try {
    return await train(
      {
        objective,
        schedule: plan,
        random: () => random.next(),
        batch: (step) =>
          Promise.resolve(accumulated(
            Array.from({ length: accumulate }, (_, i) => batches.batch(step * accumulate + i)),
          )),
        evaluate: async (parameters) => validationRecall(await scorer.score(parameters)),
        store,
        onMetrics,
      },
      folder,
      signal,
    );
  } finally {
    await scorer.close();
  }
}
