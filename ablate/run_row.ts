/**
 * One run of an ablation in a process of its own, so that its memory is its own: settings come in
 * on standard input, figures go out on standard output.
 */
import { type Metrics, textToVideo, videoToText } from "../eval/metrics.ts";
import { openFeatures } from "../features/stored_features.ts";
import type { TrainingConfiguration } from "../train/configuration.ts";
import { fewerFrames } from "../train/fewer_frames.ts";
import { methodParameters } from "../train/method_objective.ts";
import { initialValues, type ParameterValues } from "../train/parameters.ts";
import { RunFolder } from "../train/run_folder.ts";
import { openScorer } from "../train/scoring.ts";
import { trainHeads } from "../train/train_heads.ts";
import { Random } from "../world/random.ts";

/** What a run is made from. */
export interface RowRequest {
  readonly configuration: TrainingConfiguration;
  /** The folders of the features. */
  readonly features: { readonly train: string; readonly validation: string; readonly test: string };
  readonly logitScale: number;
  /** K, for methods that partition videos by the query. */
  readonly candidates: number;
  /** The run's folder. */
  readonly out: string;
}

/** What came out. */
export interface RowResult {
  readonly textToVideo: Metrics;
  readonly videoToText: Metrics;
  readonly trainSeconds: number;
  readonly testSeconds: number;
  /** The most memory that the process held, in bytes. */
  readonly peakBytes: number;
  readonly steps: number;
  readonly bestStep: number;
}

if (import.meta.main) {
  // Ctrl-C reaches all processes of a terminal; the one that started this waits for the result.
  Deno.addSignalListener("SIGINT", () => {});
  const request: RowRequest = await new Response(Deno.stdin.readable).json();
  console.log(JSON.stringify(await runRow(request)));
}

async function runRow(
  { configuration, features, logitScale, candidates, out }: RowRequest,
): Promise<RowResult> {
  const open = async (dir: string) => fewerFrames(await openFeatures(dir), configuration.frames);
  const [training, validation, test] = [
    await open(features.train),
    await open(features.validation),
    await open(features.test),
  ];
  const seconds = (since: number) => (performance.now() - since) / 1000;

  let began = performance.now();
  const random = new Random(`${configuration.seed}/weights`);
  const specs = methodParameters(training.dim, logitScale, configuration);
  let parameters: ParameterValues = initialValues(specs, () => random.next());
  let [steps, bestStep] = [0, 0];
  if (configuration.epochs > 0) {
    const outcome = await trainHeads(configuration, {
      training,
      validation,
      logitScale,
      store: (best) => {
        parameters = best;
        return Promise.resolve();
      },
    }, await RunFolder.open(out, configuration));
    steps = outcome.steps;
    bestStep = outcome.best?.step ?? 0;
  }
  const trainSeconds = configuration.epochs > 0 ? seconds(began) : 0;

  began = performance.now();
  const scorer = await openScorer(test, configuration, candidates);
  const matrix = await scorer.score(parameters);
  const testSeconds = seconds(began);
  await scorer.close();
  return {
    textToVideo: textToVideo(matrix),
    videoToText: videoToText(matrix),
    trainSeconds,
    testSeconds,
    peakBytes: await peakBytes(),
    steps,
    bestStep,
  };
}

/** The high-water mark of resident memory where the system tells it, else what is held now. */
async function peakBytes(): Promise<number> {
  try {
    const status = await Deno.readTextFile("/proc/self/status");
    return Number(/VmHWM:\s+(\d+) kB/.exec(status)![1]) * 1024;
  } catch {
    return Deno.memoryUsage().rss;
  }
}
