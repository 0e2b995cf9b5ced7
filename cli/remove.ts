import { Command } from "commander";
import { openIndex } from "../mod.ts";
import * as argument from "./arguments.ts";
import { ExitCode } from "./exit_code.ts";
import { oneLine } from "../files/one_line.ts";

/** `fovea remove PATH…`: takes videos out of an index; the files stay. */
export function removeCommand(): Command {
  return new Command("remove")
    .description("Take videos out of an index. The files stay.")
    .argument("<path...>", "video files, or folders with all below them", argument.paths)
    .option("--index <dir|uri>", "the index", argument.location, argument.location(".fovea"))
    .action(run);
}

async function run(paths: string[], options: { index: string }): Promise<void> {
  await using index = await openIndex(options.index);
  for (const path of paths) {
    const removed = await index.remove(path);
    console.log(`${oneLine(path)}: ${removed} ${removed === 1 ? "video" : "videos"} removed`);
    if (removed === 0) Deno.exitCode = ExitCode.Failed;
  }
}
