import { Command } from "commander";
import * as argument from "./arguments.ts";
import { Interruption } from "./interruption.ts";
import { ProgressBar } from "./progress_bar.ts";

/** `fovea world`: generates videos with captions and labels. */
export function worldCommand(): Command {
  return new Command("world")
    .description("Generate videos with captions and labels, to train and evaluate with.")
    .requiredOption("--out <dir>", "the folder to write to", argument.path)
    .option("--videos <n>", "videos in all splits together", argument.count, 2500)
    .option("--seed <text>", "the same seed gives the same bytes", argument.text, "0")
    .option("--validation <n>", "how many are for validation (default: a tenth)", argument.natural)
    .option("--test <n>", "how many are for test (default: a fifth)", argument.natural)
    .action(run);
}

interface Options {
  out: string;
  videos: number;
  seed: string;
  validation?: number;
  test?: number;
}

async function run({ out, videos, seed, ...asked }: Options): Promise<void> {
  // Loads a rasteriser that no other command needs.
  const { generateWorld, standardSplit } = await import("../world/generate.ts");
  const { validation, test } = { ...standardSplit(videos), ...asked };
  if (validation + test > videos) {
    throw new RangeError(
      `Cannot split ${videos} videos: ${validation} for validation and ${test} for test are more`,
    );
  }
  const recipe = { seed, train: videos - validation - test, validation, test };
  using bar = new ProgressBar("{value}/{total} videos");
  using interruption = new Interruption(
    () => bar.above(() => console.error("Finishing the video in hand")),
    () => bar[Symbol.dispose](),
  );
  let last = { done: 0, total: videos, kept: 0 };
  for await (last of generateWorld(out, recipe, interruption.signal)) {
    bar.update(last.done, last.total);
  }
  bar[Symbol.dispose]();
  if (interruption.exitCode !== undefined) {
    console.error(`${last.done} of ${last.total} videos are in ${out}; the same command goes on`);
    Deno.exitCode = interruption.exitCode;
  } else {
    console.log(
      `${last.total} videos in ${out}: ${recipe.train} train, ${validation} validation, ` +
        `${test} test${last.kept > 0 ? `; ${last.kept} were there already` : ""}`,
    );
  }
}
