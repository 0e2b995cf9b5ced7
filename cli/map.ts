import { Command } from "commander";
import { oneLine } from "../files/one_line.ts";
import { openIndex } from "../mod.ts";
import * as argument from "./arguments.ts";

/** `fovea map`: all clips of an index on a plane, what looks alike together. */
export function mapCommand(): Command {
  return new Command("map")
    .description("Draw all clips of an index on a plane, what looks alike together.")
    .option("--index <dir|uri>", "the index", argument.location, argument.location(".fovea"))
    .option(
      "--model <model>",
      "where the index's model is now, if not where it was",
      argument.model,
    )
    .option("--query <text>", "place a text among the clips that fit it best", argument.text)
    .requiredOption("--out <file>", "what to write: .svg or .html", argument.path)
    .action(run);
}

interface Options {
  index: string;
  model?: string;
  query?: string;
  out: string;
}

async function run({ index: location, model, query, out }: Options): Promise<void> {
  // Loads what no other command needs.
  const { mapClips } = await import("../map/map_clips.ts");
  const { drawMap } = await import("../map/draw_map.ts");
  const { formatOf } = await import("../figures/format.ts");
  const { writePicture } = await import("../figures/write_picture.ts");
  const format = formatOf(out, ["svg", "html"]);
  await using index = await openIndex(location, { model, oneShot: true });
  const map = await mapClips(index, { query });
  const notice = (message: string) => console.error(oneLine(message));
  await writePicture(out, new TextEncoder().encode(await drawMap(index, map, format, notice)));
  console.error(`${map.clips.length} clips: ${map.how}`);
  console.log(oneLine(out));
}
