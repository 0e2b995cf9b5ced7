import { Command, Option } from "commander";
import { oneLine } from "../files/one_line.ts";
import * as argument from "./arguments.ts";
import { confirm } from "./confirm.ts";
import { ExitCode } from "./exit_code.ts";
import { Interruption } from "./interruption.ts";
import { ProgressBar } from "./progress_bar.ts";

/** `fovea caption`: has a vision model write captions for the Recover-Path. */
export function captionCommand(): Command {
  return new Command("caption")
    .description("Ask a vision model for captions of a data set's videos, for the Recover-Path.")
    .requiredOption("--data <dir>", "a folder with captions and videos", argument.path)
    .requiredOption("--endpoint <url>", "an OpenAI-compatible API, up to its /v1", argument.text)
    .requiredOption("--model <name>", "a model of the endpoint that takes pictures", argument.text)
    .option("--captions <n>", "captions a video", argument.count, 6)
    .option("--frames <n>", "frames a video that are sent", argument.count, 8)
    .option("--concurrency <n>", "requests at a time", argument.count, 4)
    .option("--dataset <name>", "which data set, where the folder holds several", argument.text)
    .option("--split <name>", "which part of it (default: all)", argument.text)
    .option("--skip-missing", "go on without videos whose files are missing")
    .addOption(
      new Option("--decoder <name>", "what decodes")
        .choices(["auto", "native", "wasm"]).default("auto"),
    )
    .option("--yes", "do not ask before the first request is sent")
    .action(run);
}

interface Options {
  data: string;
  endpoint: string;
  model: string;
  captions: number;
  frames: number;
  concurrency: number;
  dataset?: string;
  split?: string;
  skipMissing?: boolean;
  decoder: "auto" | "native" | "wasm";
  yes?: boolean;
}

async function run({ yes, ...options }: Options): Promise<void> {
  // Loads a client that no other command needs.
  const { captionVideos } = await import("../data/caption_videos.ts");
  const { endpoint, model, frames, captions } = options;
  using bar = new ProgressBar("{done} of {videos} videos");
  using interruption = new Interruption(() => {}, () => bar[Symbol.dispose]());
  const { captioned, unchanged, failed, confirmed } = await captionVideos({
    ...options,
    apiKey: Deno.env.get("OPENAI_API_KEY"),
    signal: interruption.signal,
    confirm: (requests, done) => {
      const question = oneLine(
        `Send ${requests} ${requests === 1 ? "request" : "requests"} to ${endpoint}, model ` +
          `${model}: one a video, of ${frames} frames, for ${captions} captions each` +
          `${done > 0 ? `; ${done} videos have theirs` : ""}?`,
      );
      if (!yes) return confirm(question);
      console.error(`${question} Yes`);
      return true;
    },
    onCaptioned: (_, done, videos) => bar.update(done, videos, { done, videos }),
    onFailed: (video, error) =>
      bar.above(() => console.error(`error: ${oneLine(video)}: ${oneLine(error)}`)),
    onNotice: (message) => console.error(oneLine(message)),
  });
  bar[Symbol.dispose]();
  if (interruption.exitCode !== undefined) Deno.exitCode = interruption.exitCode;
  else if (failed > 0 || !confirmed) Deno.exitCode = ExitCode.Failed;
  const parts = [`${captioned} videos captioned`, `${unchanged} had captions`, `${failed} failed`];
  console.log(parts.join(", "));
}
