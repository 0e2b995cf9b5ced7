import { Command, InvalidArgumentError, Option } from "commander";
import { oneLine } from "../files/one_line.ts";
import { METHODS, paperConfiguration, type TrainingConfiguration } from "../train/configuration.ts";
import type { Metrics } from "../train/run_folder.ts";
import * as argument from "./arguments.ts";
import { Interruption } from "./interruption.ts";
import { ProgressBar } from "./progress_bar.ts";

type Method = TrainingConfiguration["method"];

/** `fovea train`: learns a method's heads from captioned videos. */
export function trainCommand(): Command {
  const command = new Command("train")
    .description("Train the heads of a method on captioned videos.")
    .requiredOption("--data <dir>", "a folder with captions and videos", argument.path)
    .option("--dataset <name>", "which data set, where the folder holds several", argument.text)
    .requiredOption("--model <model>", "a name, hf:OWNER/REPO, or a folder", argument.namedModel)
    .requiredOption("--out <dir>", "the run's folder; the same command goes on", argument.path)
    .addOption(
      new Option("--method <name>", "what to train (default: skrr)").choices(Object.keys(METHODS)),
    )
    .option("--config <file.json>", "settings that differ from the papers'", argument.path)
    .option("--json", "print one JSON object a step");
  for (const [name, value] of Object.entries(paperConfiguration("skrr"))) {
    if (name !== "method") command.addOption(settingOption(name, value));
  }
  return command.action(run);
}

type Options = {
  data: string;
  dataset?: string;
  model: string;
  out: string;
  method?: Method;
  config?: string;
  json?: boolean;
} & Partial<TrainingConfiguration>;

async function run(options: Options): Promise<void> {
  const { data: dir, dataset, model, out, method, config, json, ...flags } = options;
  // Loads what no other command needs.
  const { openData } = await import("../data/open_data.ts");
  const { checkConfiguration, readSettings } = await import("../train/settings_file.ts");
  const { CANDIDATES } = await import("../train/train_heads.ts");
  const { trainModel } = await import("../train/train_model.ts");
  const settings = config === undefined ? {} : await readSettings(config);
  const data = await openData(dir, dataset);
  const configuration = checkConfiguration({
    ...paperConfiguration(method ?? methodOf(settings)),
    ...data.sampling,
    ...settings,
    ...(method === undefined ? {} : { method }),
    ...flags,
  });
  using videos = new ProgressBar("{done} of {videos} videos encoded");
  using interruption = new Interruption(
    () => videos.above(() => console.error("Stopping; the same command goes on")),
    () => videos[Symbol.dispose](),
  );
  const outcome = await trainModel({
    data,
    model,
    out,
    configuration,
    onNotice: (message) => videos.above(() => console.error(oneLine(message))),
    onFeatures: ({ texts, totalTexts, ...progress }) =>
      // A video takes as long as some fifty texts.
      videos.update(texts + 50 * progress.videos, totalTexts + 50 * progress.totalVideos, {
        done: progress.videos,
        videos: progress.totalVideos,
      }),
    onMetrics: (line) => {
      videos[Symbol.dispose]();
      if (json) console.log(JSON.stringify(line));
      else if (line.step % 10 === 0 || "R@1" in line) console.log(plainLine(line));
    },
  }, interruption.signal);
  if (interruption.exitCode !== undefined) {
    Deno.exitCode = interruption.exitCode;
    return;
  }
  const { steps, best, end } = outcome;
  if (json) console.log(JSON.stringify(outcome));
  else {
    const exact = configuration.fullPath
      ? ""
      : `, K = ${CANDIDATES} videos a caption scored exactly`;
    console.log(
      `${steps} steps${end === "early" ? ", ended early" : ""}; the best was step ${best?.step} ` +
        `with R@Sum ${best?.score.toFixed(1)} on the validation split${exact}: ${
          oneLine(out)
        }/best`,
    );
  }
}

/** The method that settings name, whose other settings are the papers' where they say nothing. */
function methodOf(settings: { readonly method?: unknown }): Method {
  const { method = "skrr" } = settings;
  // What is no method is refused with the other settings.
  return Object.hasOwn(METHODS, String(method)) ? method as Method : "skrr";
}

/** A flag for a setting, of the type of its value in the papers. */
function settingOption(name: string, value: unknown): Option {
  const flag = `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  const said = `default: ${Array.isArray(value) ? value.join(",") : value}`;
  const parse = (text: string): unknown => parseSetting(text, value);
  return new Option(`${flag} <value>`, said).argParser(parse);
}

function parseSetting(text: string, example: unknown): unknown {
  const wrong = (expected: string) => {
    throw new InvalidArgumentError(`Expected ${expected} but found "${text}"`);
  };
  if (Array.isArray(example)) {
    return text.split(",").map((part) => parseSetting(part, example[0]));
  }
  if (typeof example === "boolean") {
    return text === "true" ? true : text === "false" ? false : wrong("true or false");
  }
  if (typeof example === "number") {
    return text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : wrong("a number");
  }
  return text;
}

function plainLine({ step, loss, ...rest }: Metrics): string {
  const recalls = ["R@1", "R@5", "R@10"].filter((name) => name in rest)
    .map((name) => `${name} ${rest[name].toFixed(1)}`);
  return [`step ${step}`, `loss ${loss.toFixed(4)}`, ...recalls].join("  ");
}
