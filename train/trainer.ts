/**
 * The training loop: batches in, checkpoints out. A batch and a learning rate depend on the number
 * of the step alone, so that a run that was killed goes on with the numbers of an unbroken one.
 *
 * @module
 */
import { openStep } from "../autodiff/step.ts";
import { toOnnx } from "../autodiff/to_onnx.ts";
import { drawCurves } from "./curves.ts";
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
  /**
   * Judges parameters on the validation split: what to log, and the score to be highest, which is no
   * number where the parameters are useless.
   */
  evaluate(
    parameters: ParameterValues,
  ): Promise<{ score: number; figures: Record<string, number> }>;
  /** Stores parameters in the layout of a model. */
  store(parameters: ParameterValues, dir: string): Promise<void>;
  /** Told about every step and evaluation. */
  onMetrics?(line: Metrics): void;
}

/**
 * The steps of so many epochs.
 *
 * @param perPass Batches in a pass over the videos.
 * @param captions Captions a video, on average.
 */
export function stepsOf(
  { epochs, accumulate }: { readonly epochs: number; readonly accumulate: number },
  perPass: number,
  captions: number,
): number {
  // A rounding error is no step less.
  return Math.max(1, Math.floor(epochs * captions * perPass / accumulate + 1e-6));
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
 * @throws {Error} If the loss or the score is no number any more: with the step and the last
 * checkpoint, whose parameters gave numbers.
 */
export async function train(
  { objective, schedule: plan, ...training }: Training,
  folder: RunFolder,
  signal?: AbortSignal,
): Promise<Outcome> {
  const { parameters: specs } = objective;
  const traced = tracedStep(objective, plan, plan.accumulate);
  const checkpoint = await folder.last(specs);
  let { step, best } = checkpoint ?? { step: 0, best: null };
  const runner = await openStep(
    toOnnx("step", traced.inputs, traced.run),
    checkpoint?.state ?? firstState(training, objective),
  );
  const history = await folder.metrics(step); // without what came after the checkpoint
  let unsaved: Metrics[] = [];
  let saved = step;
  /** A checkpoint whose parameters have not yet given a loss or a score. */
  let untried: (() => Promise<void>) | null = null;
  const read = (kind: string): ParameterValues =>
    Object.fromEntries(
      Object.keys(specs).map((name) => [name, runner.read(`${kind}.${name}`) as Float32Array]),
    );
  const checkpointOfNow = () => {
    const state = Object.fromEntries(
      STATE_KINDS.flatMap((kind) =>
        Object.entries(read(kind)).map(([name, values]) => [`${kind}.${name}`, values])
      ),
    );
    const [lines, now] = [[...unsaved], { step, best, state }];
    return async () => {
      await folder.append(lines);
      unsaved = unsaved.slice(lines.length);
      await folder.save(now, specs);
      saved = now.step;
    };
  };
  const diverged = (at: number, what: string) =>
    new Error(
      `Cannot go on at step ${at}: ${what}; train with a lower learning rate into another folder` +
        (saved > 0 ? `, or take what "${folder.dir}" holds of step ${saved}` : ""),
    );

  /** Takes the next step; its loss says whether the weights before it are good. */
  const take = async (batch: Batch): Promise<Metrics> => {
    const { terms } = await runner.run({ ...batch, hyper: hyperInput(rates(plan, step)) });
    const line = metrics(step + 1, terms as Float32Array, objective);
    if (!Number.isFinite(line.loss)) throw diverged(step + 1, `the loss is ${line.loss}`);
    await untried?.();
    untried = null;
    return line;
  };

  try {
    let end: Outcome["end"] = isPatienceOver(plan, step, best) ? "early" : "all steps";
    let ahead = step < plan.steps && end === "all steps" ? training.batch(step) : null;
    while (step < plan.steps && end === "all steps") {
      const batch = await ahead!;
      ahead = step + 1 < plan.steps ? training.batch(step + 1) : null;
      ahead?.catch(() => {}); // awaited in its turn, unless this step fails first
      const line = await take(batch);
      step++;

      let logged = line;
      let isBest = false;
      const isJudged = step % plan.evaluateEvery === 0 || step === plan.steps;
      if (isJudged) {
        const { score, figures } = await training.evaluate(read("parameters"));
        if (!Number.isFinite(score)) throw diverged(step, "a similarity is not a number");
        logged = { ...line, ...figures };
        isBest = best === null || score > best.score;
        if (isBest) {
          best = { score, step };
          await training.store(read("parameters"), folder.best);
        } else if (isPatienceOver(plan, step, best)) end = "early";
      }
      unsaved.push(logged);
      history.push(logged);
      training.onMetrics?.(logged);
      if (signal?.aborted && step < plan.steps) end = "stopped";
      const isLast = end !== "all steps" || step === plan.steps;
      if (isLast || isBest || step % plan.checkpointEvery === 0) untried = checkpointOfNow();
      if (isJudged) {
        await untried?.();
        untried = null;
      } else if (end === "stopped") await take(await ahead!); // stores what is untried
    }
    await drawCurves(folder, history);
    return { steps: step, best, end };
  } catch (error) {
    // They tell how it came to that.
    await folder.append(unsaved);
    await drawCurves(folder, history);
    throw error;
  } finally {
    await runner.close();
  }
}

/** Whether so many evaluations were no better than the best that the run is over. */
function isPatienceOver(
  { patience, evaluateEvery }: Schedule,
  step: number,
  best: Outcome["best"],
): boolean {
  if (patience === 0 || best === null) return false;
  return Math.floor((step - best.step) / evaluateEvery) >= patience;
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
  const corrections = plan.optimiser !== "bert-adam"
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
