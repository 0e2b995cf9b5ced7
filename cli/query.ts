import { createInterface } from "node:readline";
import process from "node:process";
import { Command, Option } from "commander";
import { type Moment, openIndex, type Query, type SearchResult } from "../mod.ts";
import * as argument from "./arguments.ts";
import { ExitCode } from "./exit_code.ts";
import { oneLine } from "../files/one_line.ts";

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
    .addOption(
      new Option("--only <kind>", "search only what is seen, or what is said").choices([
        "picture",
        "speech",
      ]),
    )
    .option("--candidates <n>", "how many clips to score exactly", argument.count, 100)
    .option("--path <glob>", "only videos whose path matches", argument.text)
    .option(
      "--after <date>",
      "only videos whose file records this date or a later one",
      argument.date,
    )
    .option("--before <date>", "only videos whose file records an earlier date", argument.date)
    .option("--longer <seconds>", "only videos longer than this", argument.positive)
    .option("--shorter <seconds>", "only videos shorter than this", argument.positive)
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
  only?: "picture" | "speech";
  candidates: number;
  path?: string;
  after?: Date;
  before?: Date;
  longer?: number;
  shorter?: number;
  json?: boolean;
}

async function run(texts: string[], options: Options, command: Command): Promise<void> {
  const { index: location, model, image: images = [], not = [], json, ...settings } = options;
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
  const said = new Set<string>();
  const ask = async (query: Query) => {
    const result = await index.search(query, settings);
    for (const notice of result.notices) {
      if (!said.has(notice)) console.error(oneLine(notice));
      said.add(notice);
    }
    console.log(json ? JSON.stringify(toJson(result)) : toText(result));
  };
  if (!fromStdin) return await ask({ texts, images, not });
  for await (const line of createInterface({ input: process.stdin })) {
    if (line.trim() === "") continue;
    try {
      await ask({ texts: [line], images, not });
    } catch (error) {
      console.error(`error: ${oneLine(error instanceof Error ? error.message : String(error))}`);
      Deno.exitCode = ExitCode.Failed;
    }
  }
}

function toJson({ query, model, moments }: SearchResult): unknown {
  return {
    query,
    model,
    results: moments.map(({ rank, video, start, end, at, score, similarities, matched, line }) => ({
      rank,
      video,
      start: milliseconds(start),
      end: milliseconds(end),
      at: milliseconds(at),
      score,
      similarities: {
        sentence_frame: similarities.sentenceFrame,
        sentence_patch: similarities.sentencePatch,
        word_patch: similarities.wordPatch,
      },
      matched,
      line: line && { ...line, start: milliseconds(line.start), end: milliseconds(line.end) },
    })),
  };
}

function toText({ query, moments }: SearchResult): string {
  const heading = oneLine(`"${query}"`);
  if (moments.length === 0) return `${heading}: nothing found`;
  return [heading, ...moments.map(row)].join("\n");
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

/** Seconds to three decimals. */
function milliseconds(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}

/** Seconds as h:mm:ss.s, the hours only where there are any. */
function clock(seconds: number): string {
  const tenths = Math.round(seconds * 10);
  const hours = Math.floor(tenths / 36_000);
  const minutes = Math.floor(tenths / 600) % 60;
  const rest = ((tenths % 600) / 10).toFixed(1).padStart(4, "0");
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}
