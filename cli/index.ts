import { Command, Option } from "commander";
import { openIndex, type Shard } from "../mod.ts";
import { AlertDelivery } from "./alert_delivery.ts";
import * as argument from "./arguments.ts";
import { canAsk, confirm } from "./confirm.ts";
import { ExitCode } from "./exit_code.ts";
import { IndexReport } from "./index_report.ts";
import { Interruption } from "./interruption.ts";

/** `fovea index PATH…`: indexes files and folders. */
export function indexCommand(): Command {
  return new Command("index")
    .description("Index videos, or bring an index up to date.")
    .argument("<path...>", "video files and folders", argument.paths)
    .option("--index <dir|uri>", "the index", argument.location, argument.location(".fovea"))
    .option("--model <model>", "auto, a name, hf:OWNER/REPO, or a folder", argument.model)
    .option("--frames <n>", "frames a clip (default: 12)", argument.count)
    .option("--fps <n>", "take frames from candidates at this rate", argument.positive)
    .option("--segment <rule>", "auto, whole, or seconds a clip (at least 0.5)", argument.segment)
    .option("--exclude <glob>", "leave matching files out; repeatable", argument.repeated)
    .addOption(choice("--decoder <name>", "what decodes", ["auto", "native", "wasm"], "auto"))
    .addOption(
      choice("--device <name>", "what computes", ["auto", "cpu", "webgpu", "cuda"], "auto"),
    )
    .addOption(choice("--precision <type>", "of the model's weights", ["f32", "int8"]))
    .option("--keep-patches", "store all patch tokens, for --mode hvd")
    .option("--rebuild", "discard the index and make it anew")
    .option("--prune", "drop videos whose files are gone")
    .option("--watch", "keep up with the folders until Ctrl-C")
    .option("--shard <i/n>", "take only this share of the files", argument.shard)
    .option("--json", "print one JSON object a finished file, and a last one")
    .action(run);
}

function choice(flags: string, description: string, choices: string[], fallback?: string): Option {
  const option = new Option(flags, description).choices(choices);
  return fallback === undefined ? option : option.default(fallback);
}

interface Options {
  index: string;
  model?: string;
  frames?: number;
  fps?: number;
  segment?: "auto" | "whole" | number;
  exclude?: string[];
  decoder: "auto" | "native" | "wasm";
  device: "auto" | "cpu" | "webgpu" | "cuda";
  precision?: "f32" | "int8";
  keepPatches?: boolean;
  rebuild?: boolean;
  prune?: boolean;
  watch?: boolean;
  shard?: Shard;
  json?: boolean;
}

/** Milliseconds between two looks at what saved searches find while videos are being indexed. */
const ALERTS_EVERY = 10_000;

async function run(paths: string[], options: Options): Promise<void> {
  using report = new IndexReport(options.json ?? false);
  using interruption = new Interruption(
    () => report.note("Finishing the clips in hand; interrupt again to stop at once"),
    () => report[Symbol.dispose](),
  );
  const { index: location, json: _, model, prune, watch, ...settings } = options;
  await using index = await openIndex(location, {
    model,
    onDownload: report.download,
    onNotice: (message) => report.note(message),
  });
  const { signal } = interruption;
  let isPruneDue = false;
  const confirmPrune = (gone: number, total: number) => {
    const drops = mayPrune(gone, total);
    isPruneDue = !drops && !canAsk();
    return drops;
  };
  const events = watch
    ? index.watch(paths, { ...settings, signal })
    : index.add(paths, { ...settings, signal, confirmPrune: prune ? confirmPrune : undefined });
  const delivery = new AlertDelivery(
    index,
    options.json ?? false,
    (line) => report.line(line),
    (message) => report.note(message),
  );
  let failed = 0;
  let delivered = performance.now();
  for await (const event of events) {
    report.show(event);
    if (event.kind === "failed") failed++;
    const stored = ["indexed", "moved", "subtitles"].includes(event.kind);
    const due = performance.now() - delivered >= ALERTS_EVERY;
    if (event.kind !== "summary" && !(stored && due)) continue;
    await delivery.deliver(signal).catch((error: Error) => report.note(error.message));
    delivered = performance.now();
  }
  if (interruption.exitCode !== undefined) Deno.exitCode = interruption.exitCode;
  else if (failed > 0 || isPruneDue) Deno.exitCode = ExitCode.Failed;
}

/** Above one video in ten it is likelier that a drive is missing than that all were deleted. */
function mayPrune(gone: number, total: number): boolean {
  return gone <= total / 10 ||
    confirm(`Drop ${gone} of ${total} videos, whose files are gone, from the index?`);
}
