import { basename } from "node:path";
import { Command, Option } from "commander";
import type { CaptionedVideos } from "../data/captioned_videos.ts";
import { oneLine } from "../files/one_line.ts";
import type { EvaluateOptions, Evaluation } from "../eval/evaluate.ts";
import type { NamedMatrix } from "../eval/figures/similarity_distributions.ts";
import type { NpyMatrix } from "../eval/npy.ts";
import type { SimilarityMatrix } from "../eval/similarity_matrix.ts";
import * as argument from "./arguments.ts";
import { evaluationJson, evaluationTable } from "./evaluation_table.ts";
import { ExitCode } from "./exit_code.ts";
import { ProgressBar } from "./progress_bar.ts";

/** `fovea eval`: how well a model finds the videos of a data set. */
export function evalCommand(): Command {
  return new Command("eval")
    .description("Evaluate a model on a data set, or a similarity matrix from elsewhere.")
    .option("--data <dir>", "a folder with captions and videos", argument.path)
    .option("--dataset <name>", "which data set, where the folder holds several", argument.text)
    .option("--split <name>", "which part of it (default: test)", argument.text)
    .option("--model <model>", "a name, hf:OWNER/REPO, or a folder", argument.namedModel)
    .addOption(new Option("--mode <mode>", "how to score").choices(["skrr", "hvd"]))
    .option("--candidates <k>", "videos a query that hvd scores exactly", argument.count, 100)
    .option("--frames <n>", "frames a video (default: the papers')", argument.count)
    .option("--fps <n>", "take frames from candidates at this rate", argument.positive)
    .option("--words <n>", "words a caption (default: the papers')", argument.count)
    .addOption(
      new Option("--precision <type>", "of the model's weights")
        .choices(["f32", "int8"]).default("f32"),
    )
    .option("--features <dir>", "where tokens are kept (default: the cache)", argument.path)
    .option("--skip-missing", "go on without videos whose files are missing")
    .addOption(
      new Option("--device <name>", "what computes")
        .choices(["auto", "cpu", "webgpu", "cuda"]).default("auto"),
    )
    .addOption(
      new Option("--decoder <name>", "what decodes")
        .choices(["auto", "native", "wasm"]).default("auto"),
    )
    .option("--matrix <file.npy>", "take similarities, a row a text, from here", argument.path)
    .option("--save-matrix <file.npy>", "write the similarities here", argument.path)
    .option(
      "--figures <dir>",
      "write pictures of similarities and of what was found",
      argument.path,
    )
    .option(
      "--beside <file.npy>",
      "with --figures: similarities of another model, drawn beside these",
      argument.path,
    )
    .option("--json", "print one JSON object")
    .action(run);
}

interface Options
  extends Omit<EvaluateOptions, "data" | "model" | "onFeatures" | "onScoring" | "onNotice"> {
  data?: string;
  model?: string;
  matrix?: string;
  saveMatrix?: string;
  figures?: string;
  beside?: string;
  json?: boolean;
}

async function run(options: Options, command: Command): Promise<void> {
  const { matrix, data, model, saveMatrix, figures, beside } = options;
  const usage = (message: string) =>
    command.error(`error: ${message}`, { exitCode: ExitCode.Usage });
  if (matrix !== undefined && saveMatrix !== undefined) {
    usage("Expected --matrix or --save-matrix, but found both");
  }
  if (figures !== undefined && data === undefined) {
    usage("Expected --data with --figures, whose videos they show, but found none");
  }
  if (beside !== undefined && figures === undefined) {
    usage("Expected --figures with --beside, but found none");
  }
  if (matrix !== undefined) return await evaluateFile({ ...options, matrix });
  if (data !== undefined && model !== undefined) {
    return await evaluateModel({ ...options, data, model });
  }
  usage("Expected --data and --model, or --matrix, but found neither");
}

/** A model on a data set. */
async function evaluateModel(
  { json, saveMatrix, figures, beside, matrix: _, ...options }: Options & {
    data: string;
    model: string;
  },
): Promise<void> {
  // Loads what no other command needs.
  const { evaluate } = await import("../eval/evaluate.ts");
  const { writeNpy } = await import("../eval/npy.ts");
  // What cannot be read is said before hours of work.
  const other = beside === undefined ? null : await readMatrix(beside);
  using videos = new ProgressBar("{done} of {videos} videos encoded");
  using scores = new ProgressBar("scoring");
  using download = new ProgressBar("downloading the model");
  const evaluation = await evaluate({
    ...options,
    onNotice: (message) => videos.above(() => console.error(oneLine(message))),
    onDownload: (bytes, total) => {
      download.update(bytes, total);
      if (bytes === total) download[Symbol.dispose]();
    },
    onFeatures: ({ texts, totalTexts, ...progress }) =>
      // A video takes as long as some fifty texts.
      videos.update(texts + 50 * progress.videos, totalTexts + 50 * progress.totalVideos, {
        done: progress.videos,
        videos: progress.totalVideos,
      }),
    onScoring: (done, total) => {
      videos[Symbol.dispose]();
      scores.update(done, total);
    },
  });
  for (const bar of [videos, scores]) bar[Symbol.dispose]();
  const { matrix } = evaluation;
  if (saveMatrix) {
    await writeNpy(saveMatrix, { values: matrix.values, shape: [matrix.queries, matrix.videos] });
  }
  console.log(json ? JSON.stringify(toJson(evaluation)) : toText(evaluation));
  if (figures) {
    const { model, heads, mode } = evaluation;
    const name = `${basename(model)}, ${heads ?? "no trained heads"}, ${mode}`;
    await drawFigures(figures, evaluation.data, { name, matrix }, other);
  }
}

/** A matrix that something else computed. */
async function evaluateFile(
  { matrix: path, data: dir, dataset, split, skipMissing, figures, beside, json }: Options & {
    matrix: string;
  },
): Promise<void> {
  const { evaluateMatrix } = await import("../eval/evaluate_matrix.ts");
  let data: CaptionedVideos | undefined;
  if (dir !== undefined) {
    const { openData } = await import("../data/open_data.ts");
    const opened = await openData(dir, dataset);
    data = await opened.load(split ?? opened.defaultSplit, {
      skipMissing,
      onNotice: (message) => console.error(oneLine(message)),
    });
  }
  const other = beside === undefined ? null : await readMatrix(beside);
  const matrix = await matrixOf(await readMatrix(path), data);
  const found = evaluateMatrix(matrix);
  const { queries, videos } = matrix;
  const heading = `${oneLine(path)}: ${queries} texts, ${videos} videos\n\n`;
  console.log(
    json
      ? JSON.stringify({ texts: queries, videos, ...evaluationJson(found) })
      : heading + evaluationTable(found),
  );
  if (figures && data) {
    await drawFigures(figures, data, { name: basename(path, ".npy"), matrix }, other);
  }
}

/** A file of similarities. */
interface MatrixFile {
  readonly path: string;
  readonly npy: NpyMatrix;
}

async function readMatrix(path: string): Promise<MatrixFile> {
  const { readNpy } = await import("../eval/npy.ts");
  return { path, npy: await readNpy(path) };
}

/** Similarities from a file: of the captions and videos of a data set, or of pairs. */
async function matrixOf(
  { path, npy: { values, shape } }: MatrixFile,
  data?: CaptionedVideos,
): Promise<SimilarityMatrix> {
  const { pairedMatrix } = await import("../eval/similarity_matrix.ts");
  if (!data) return pairedMatrix(values, shape);
  const { videos } = data;
  const videoOf = Int32Array.from(
    videos.flatMap(({ captions }, video) => captions.map(() => video)),
  );
  if (shape[0] !== videoOf.length || shape[1] !== videos.length) {
    throw new RangeError(
      `Cannot evaluate ${oneLine(path)}: expected a row for each of ${videoOf.length} captions ` +
        `and a column for each of ${videos.length} videos but found ${shape.join(" × ")}`,
    );
  }
  return { queries: videoOf.length, videos: videos.length, values, videoOf };
}

/** Draws similarities, and beside them those in another file. */
async function drawFigures(
  dir: string,
  data: CaptionedVideos,
  own: NamedMatrix,
  other: MatrixFile | null,
): Promise<void> {
  const { writeFigures } = await import("../eval/write_figures.ts");
  const others = other
    ? [{ name: basename(other.path, ".npy"), matrix: await matrixOf(other, data) }]
    : [];
  await writeFigures(dir, data, own, others);
}

function toJson(evaluation: Evaluation): unknown {
  const { data, model, heads, mode, similarities, candidates, frames, words, matrix } = evaluation;
  return {
    ...{ data: data.name, split: data.split, videos: matrix.videos, captions: matrix.queries },
    ...{ model, heads, mode, similarities, candidates, frames, words },
    precision: evaluation.precision,
    ...evaluationJson(evaluation),
  };
}

function toText(evaluation: Evaluation): string {
  const { data, matrix } = evaluation;
  return [
    `${data.name}, ${data.split}: ${matrix.videos} videos, ${matrix.queries} captions`,
    ...settingsOf(evaluation),
  ].map(oneLine).join("\n") + `\n\n${evaluationTable(evaluation)}`;
}

/** The model and the way of scoring, a line each. */
function settingsOf(evaluation: Evaluation): [model: string, scoring: string] {
  const { model, heads, mode, similarities, candidates, frames, words, precision } = evaluation;
  const trained = heads === null ? "no trained heads" : `heads ${heads}`;
  const sum = similarities.map((name) => name.replace("_", "–")).join(" + ");
  const exact = candidates === null
    ? "all pairs exactly"
    : `the best ${candidates} videos a query exactly`;
  return [
    `${model}, ${precision}, ${trained}, ${frames} frames, ${words} words`,
    `${mode}: ${sum}, ${exact}`,
  ];
}
