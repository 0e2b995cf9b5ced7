import { createInterface } from "node:readline";
import process from "node:process";
import { Command, Option } from "commander";
import { type Moment, openIndex, type Query, type SearchResult, type VideoIndex } from "../mod.ts";
import * as argument from "./arguments.ts";
import { clock } from "./clock.ts";
import { ExitCode } from "./exit_code.ts";
import { exportMoments } from "./export_moments.ts";
import { momentJson } from "./moment_json.ts";
import { openInPlayer } from "./player.ts";
import { terminalProtocol } from "../terminal/ask.ts";
import { terminalPicture } from "../terminal/picture.ts";
import type { Protocol } from "../terminal/protocol.ts";
import { oneLine } from "../files/one_line.ts";
import { warningOf } from "./model_warning.ts";

/** `fovea query TEXT`: finds the moments that a text describes, or that look like an image. */
export function queryCommand(): Command {
  return new Command("query")
    .description("Find moments by what happens in them.")
    .argument("[text...]", "what happens; several texts count equally; - reads one query a line")
    .option("--index <dir|uri>", "the index", argument.location, argument.location(".fovea"))
    .option(
      "--model <model>",
      "where the index's model is now, if not where it was",
      argument.model,
    )
    .option("--image <file>", "find what looks like this image; repeatable", argument.paths)
    .option(
      "--not <text>",
      "what should not happen: takes off half of its own score; repeatable",
      argument.repeated,
    )
    .option("--top <n>", "how many results", argument.count, 10)
    .option("--min-score <x>", "leave out results below this score", argument.number)
    .addOption(new Option("--mode <mode>", "how to score").choices(["skrr", "hvd"]))
    .option("--dedupe", "leave out clips that are near-identical to a better one")
    .addOption(
      new Option("--only <kind>", "search only what is seen, or what is said").choices([
        "picture",
        "speech",
      ]),
    )
    .option("--candidates <n>", "how many clips to score exactly", argument.count, 100)
    .option(
      "--path <glob>",
      "only videos whose name, or with a slash whose path, matches",
      argument.text,
    )
    .option(
      "--after <date>",
      "only videos whose file records this date or a later one",
      argument.date,
    )
    .option("--before <date>", "only videos whose file records an earlier date", argument.date)
    .option("--longer <seconds>", "only videos longer than this", argument.positive)
    .option("--shorter <seconds>", "only videos shorter than this", argument.positive)
    .option("--open", "open the first result in a player, at its moment")
    .option("--export <dir>", "cut the results out as files", argument.path)
    .option("--no-pictures", "show no pictures on a terminal that could")
    .option("--json", "print one JSON object a query")
    .action(run);
}

interface Options {
  index: string;
  model?: string;
  image?: string[];
  not?: string[];
  top: number;
  minScore?: number;
  mode?: "skrr" | "hvd";
  dedupe?: boolean;
  only?: "picture" | "speech";
  candidates: number;
  path?: string;
  after?: Date;
  before?: Date;
  longer?: number;
  shorter?: number;
  open?: boolean;
  export?: string;
  pictures: boolean;
  json?: boolean;
}

async function run(texts: string[], options: Options, command: Command): Promise<void> {
  const { index: location, model, image: images = [], not = [], json, ...others } = options;
  const { open, export: folder, pictures, ...settings } = others;
  const fromStdin = texts.length === 1 && texts[0] === "-";
  if (texts.length === 0 && images.length === 0) {
    command.error("error: Expected a text or --image but found neither", {
      exitCode: ExitCode.Usage,
    });
  }
  if (!fromStdin && texts.includes("-")) {
    command.error("error: Expected - alone but found other texts beside it", {
      exitCode: ExitCode.Usage,
    });
  }
  await using index = await openIndex(location, {
    model,
    // One query does not earn back the time that packing the weights takes.
    oneShot: !fromStdin,
  });
  const protocol = pictures && !json ? await terminalProtocol() : null;
  const said = new Set<string>();
  const ask = async (query: Query) => {
    const result = await index.search(query, settings);
    for (const notice of result.notices) {
      if (!said.has(notice)) console.error(oneLine(notice));
      said.add(notice);
    }
    const files = folder === undefined ? [] : await exportMoments(result.moments, folder, fail);
    if (json) console.log(JSON.stringify(toJson(result, files)));
    else await print(result, files, protocol, index);
    const [first] = result.moments;
    if (open && first) await openInPlayer(first.video, first.at);
  };
  if (!fromStdin) return await ask({ texts, images, not });
  let number = 0;
  for await (const line of createInterface({ input: process.stdin })) {
    number++;
    if (line.trim() === "") continue;
    try {
      await ask({ texts: [line], images, not });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      console.error(`error: line ${number}: ${oneLine(reason)}`);
      Deno.exitCode = ExitCode.Failed;
    }
  }
}

function toJson(
  { query, model, moments }: SearchResult,
  files: readonly (string | null)[],
): unknown {
  const results = moments.map((moment, i) => {
    const json = momentJson(moment);
    return files.length === 0 ? json : { ...json, file: files[i] };
  });
  return { query, model, ...warningOf(model), results };
}

/** Prints a result for people, with the best frame of each moment where the terminal can. */
async function print(
  { query, moments }: SearchResult,
  files: readonly (string | null)[],
  protocol: Protocol | null,
  index: VideoIndex,
): Promise<void> {
  const heading = oneLine(`"${query}"`);
  console.log(moments.length === 0 ? `${heading}: nothing found` : heading);
  const clips = protocol ? await index.thumbnails(moments.map(({ clip }) => clip)) : [];
  for (const [i, moment] of moments.entries()) {
    console.log(row(moment));
    const file = files[i];
    if (file) console.log(`      cut out as ${oneLine(file)}`);
    const picture = clips[i]?.[moment.frame];
    if (protocol && picture) {
      const text = await terminalPicture(picture, protocol);
      await Deno.stdout.write(new TextEncoder().encode(text));
    }
  }
}

/** Says what went wrong; what can be done is done nevertheless. */
function fail(message: string): void {
  console.error(oneLine(`error: ${message}`));
  Deno.exitCode = ExitCode.Failed;
}

function row({ rank, score, start, end, at, video, matched, line }: Moment): string {
  const columns = [
    String(rank).padStart(4),
    score.toFixed(4).padStart(8),
    `${clock(start)}–${clock(end)}`,
    `best at ${clock(at)}`,
    oneLine(video),
  ];
  if (line) columns.push(`${matched} “${oneLine(line.text)}”`);
  return columns.join("  ");
}
