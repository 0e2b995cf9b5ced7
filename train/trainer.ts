/**
 * The training loop: batches in, checkpoints out. A batch and a learning rate depend on the number
 * of the step alone, so that a run that was killed goes on with the numbers of an unbroken one.
 *
 * @module
 */
import * as ort from "onnxruntime-node";
import { toOnnx } from "../autodiff/to_onnx.ts";
import { openSession } from "../onnx/session.ts";
import { type OptimiserSettings, schedule } from "./optimiser.ts";
import { initialValues, type ParameterValues } from "./parameters.ts";
import type { Metrics, RunFolder } from "./run_folder.ts";
import { hyperInput, type Objective, STATE_KINDS, tracedStep } from "./step.ts";

/** The arrays of one batch by the names of {@linkcode Objective.batch}. */
export type Batch = Readonly<Record<string, Float32Array | Int32Array>>;

/** How a run goes. */
export interface Schedule extends OptimiserSettings {
  /** All steps. */
  readonly steps: number;
  /** The share of the steps over which the learning rate rises. */
  readonly warmUp: number;
  /** The highest learning rate of what is new. */
  readonly learningRate: number;
  /** The highest learning rate of the towers. */
  readonly towerLearningRate: number;
  /** How many batches a step's gradient is the mean of. */
  readonly accumulate: number;
  /** Steps between evaluations. */
  readonly evaluateEvery: number;
  /** Evaluations without a better score before the run ends early; 0 never ends it. */
  readonly patience: number;
  /** Steps between checkpoints. */
  readonly checkpointEvery: number;
}

/** What is trained, on what, and how it is judged. */
export interface Training {
  readonly objective: Objective;
  readonly schedule: Schedule;
  /** Numbers in [0, 1) for the first values. */
  readonly random: () => number;
  /** Values to begin with instead of random ones, for some or all parameters. */
  readonly pretrained?: ParameterValues;
  /**
   * The arrays of a step.
   *
   * @param step From 0.
   */
  batch(step: number): Promise<Batch>;
  /** Judges parameters on the validation split: what to log, and the score to be highest. */
  evaluate(
    parameters: ParameterValues,
  ): Promise<{ score: number; figures: Record<string, number> }>;
  /** Stores parameters in the layout of a model. */
  store(parameters: ParameterValues, dir: string): Promise<void>;
  /** Told about every step and evaluation. */
  onMetrics?(line: Metrics): void;
}

/** How a run ended. */
export interface Outcome {
  readonly steps: number;
  readonly best: { readonly score: number; readonly step: number } | null;
  /** `early` when no evaluation was better for long; `stopped` when the signal said so. */
  readonly end: "all steps" | "early" | "stopped";
}

/**
 * Trains until the last step, until it no longer gets better, or until told to stop.
 *
 * @throws {Error} If the loss is no number any more: with the step and the last good checkpoint.
 */
export async function train(
  { objective, schedule: plan, ...training }: Training,
  folder: RunFolder,
  signal?: AbortSignal,
): Promise<Outcome> {
  const { parameters: specs } = objective;
  const traced = tracedStep(objective, plan, plan.accumulate);
  const session = await openSession(toOnnx("step", traced.inputs, traced.run));

  const checkpoint = await folder.last(specs);
  let { step, best } = checkpoint ?? { step: 0, best: null };
  const state = tensors(
    checkpoint?.state ?? firstState(training, objective),
    (name) => traced.inputs[name].shape,
  );
  const history = await folder.metrics(step);
  let unsaved: Metrics[] = [];
  const current = (): ParameterValues =>
    Object.fromEntries(
      Object.keys(specs).map((name) => [name, state[`parameters.${name}`].data as Float32Array]),
    );
  const save = async () => {
    const values = Object.entries(state).map(([name, tensor]) => [name, tensor.data]);
    await folder.append(unsaved);
    await folder.save({ step, best, state: Object.fromEntries(values) }, specs);
    unsaved = [];
  };

  try {
    let ahead = step < plan.steps ? training.batch(step) : null;
    let end: Outcome["end"] = "all steps";
    while (step < plan.steps) {
      const batch = await ahead!;
      ahead = step + 1 < plan.steps ? training.batch(step + 1) : null;
      ahead?.catch(() => {}); // awaited in its turn, unless this step fails first
      const feeds: Record<string, ort.Tensor> = { ...state };
      for (const [name, values] of Object.entries(batch)) {
        feeds[name] = tensor(values, traced.inputs[name].shape);
      }
      feeds.hyper = tensor(hyperInput(rates(plan, step)), [4]);
      const outputs = await session.run(feeds);
      const line = metrics(step + 1, outputs.terms.data as Float32Array, objective);
      if (!Number.isFinite(line.loss)) {
        throw new Error(
          `Cannot go on at step ${step + 1}: the loss is ${line.loss}; the checkpoint of step ` +
            `${history.at(-1)?.step ?? 0} in "${folder.dir}" is good, train from it with a lower ` +
            "learning rate",
        );
      }
      for (const name of Object.keys(state)) state[name] = outputs[`next.${name}`] as ort.Tensor;
      step++;

      let logged = line;
      let isBest = false;
      if (step % plan.evaluateEvery === 0 || step === plan.steps) {
        const { score, figures } = await training.evaluate(current());
        logged = { ...line, ...figures };
        isBest = best === null || score > best.score;
        if (isBest) {
          best = { score, step };
          await training.store(current(), folder.best);
        } else if (plan.patience > 0) {
          const since = Math.floor((step - best!.step) / plan.evaluateEvery);
          if (since >= plan.patience) end = "early";
        }
      }
      unsaved.push(logged);
      history.push(logged);
      training.onMetrics?.(logged);
      if (signal?.aborted && step < plan.steps) end = "stopped";
      if (
        end !== "all steps" || isBest || step % plan.checkpointEvery === 0 || step === plan.steps
      ) {
        await save();
      }
      if (end !== "all steps") break;
    }
    return { steps: step, best, end };
  } finally {
    await session.release();
  }
}

function firstState(
  { random, pretrained = {} }: Pick<Training, "random" | "pretrained">,
  { parameters: specs }: Objective,
): ParameterValues {
  const values = { ...initialValues(specs, random), ...pretrained };
  return Object.fromEntries(STATE_KINDS.flatMap((kind) =>
    Object.keys(specs).map((name) => [
      `${kind}.${name}`,
      kind === "parameters" ? values[name] : new Float32Array(values[name].length),
    ])
  ));
}

function rates(plan: Schedule, step: number) {
  const share = schedule(step, plan.steps, plan.warmUp);
  const [beta1, beta2] = plan.betas;
  const corrections = plan.optimiser === "adamw"
    ? [1 - beta1 ** (step + 1), 1 - beta2 ** (step + 1)] as const
    : [1, 1] as const;
  return {
    heads: share * plan.learningRate,
    towers: share * plan.towerLearningRate,
    corrections,
  };
}

function metrics(step: number, terms: Float32Array, objective: Objective): Metrics {
  const [loss, ...rest] = terms;
  return {
    step,
    loss,
    ...Object.fromEntries(objective.terms.map((name, i) => [name, rest[i]])),
  };
}

function tensor(values: Float32Array | Int32Array, shape: readonly number[]): ort.Tensor {
  return values instanceof Float32Array
    ? new ort.Tensor("float32", values, shape)
    : new ort.Tensor("int32", values, shape);
}

function tensors(
  values: ParameterValues,
  shapeOf: (name: string) => readonly number[],
): Record<string, ort.Tensor> {
  return Object.fromEntries(
    Object.entries(values).map(([name, data]) => [name, tensor(data, shapeOf(name))]),
  );
}
