import { Command } from "commander";
import type { Metrics } from "../train/run_folder.ts";
import * as argument from "./arguments.ts";
import { Interruption } from "./interruption.ts";

/** `deno task mini`: makes the embedded model again; takes an hour or two. */
export function miniCommand(): Command {
  return new Command("mini")
    .description("Make the embedded model, from nothing or from one that was made before.")
    .requiredOption("--out <dir>", "where; the same command goes on", argument.path)
    .option("--from <dir>", "a model made before, to go on from", argument.path)
    .option(
      "--steps <n>",
      "steps of learning to read, and, from nothing, four times as many to see " +
        "(default: the model's own)",
      argument.count,
    )
    .action(run);
}

async function run(
  { out, from, steps }: { out: string; from?: string; steps?: number },
): Promise<void> {
  const { FURTHER_STEPS, MINI_RECIPE } = await import("../mini/configuration.ts");
  const { makeMini } = await import("../mini/make.ts");
  using interruption = new Interruption(
    () => console.error("Stopping; the same command goes on"),
    () => {},
  );
  const say = (stage: string) => (line: Metrics) => {
    const figures = Object.entries(line).filter(([name]) => name === "loss" || /R@/.test(name))
      .map(([name, value]) => `${name} ${value.toFixed(2)}`);
    if (figures.length > 1 || line.step % 50 === 0) {
      console.log(`${stage}, step ${line.step}: ${figures.join("  ")}`);
    }
  };
  const recipe = from
    ? { ...MINI_RECIPE, start: { from }, steps: steps ?? FURTHER_STEPS }
    : { ...MINI_RECIPE, ...(steps && { start: { seeing: 4 * steps }, steps }) };
  const made = await makeMini(out, recipe, {
    sight: say("sight"),
    towers: say("towers"),
    heads: say("heads"),
    videos: ({ done, total }) => done % 100 === 0 && console.log(`${done} of ${total} videos`),
    features: ({ videos, totalVideos }) =>
      videos % 100 === 0 && console.log(`${videos} of ${totalVideos} videos encoded`),
  }, interruption.signal);
  if (made) console.log(`The model is in ${out}/mini`);
  else if (interruption.exitCode !== undefined) Deno.exitCode = interruption.exitCode;
}
