import { Command } from "commander";
import { oneLine } from "../files/one_line.ts";
import { openIndex } from "../mod.ts";
import * as argument from "./arguments.ts";
import { clock } from "./clock.ts";

/** `fovea duplicates`: lists near-identical clips. */
export function duplicatesCommand(): Command {
  return new Command("duplicates")
    .description("List groups of clips that are near-identical.")
    .option("--index <dir|uri>", "the index", argument.location, argument.location(".fovea"))
    .option("--json", "print one JSON object a group")
    .action(run);
}

async function run({ index: location, json }: { index: string; json?: boolean }): Promise<void> {
  await using index = await openIndex(location);
  for await (const group of index.duplicates()) {
    if (json) {
      const clips = group.map(({ video, start, end, cosine }) => ({ video, start, end, cosine }));
      console.log(JSON.stringify({ clips }));
    } else {
      for (const { video, start, end, cosine } of group) {
        console.log(`${cosine.toFixed(3)}  ${clock(start)}–${clock(end)}  ${oneLine(video)}`);
      }
      console.log();
    }
  }
}
