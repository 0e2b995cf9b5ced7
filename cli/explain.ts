import { Command, Option } from "commander";
import { oneLine } from "../files/one_line.ts";
import * as argument from "./arguments.ts";
import { ProgressBar } from "./progress_bar.ts";

/** `fovea explain TEXT VIDEO`: draws how a text and a video are compared. */
export function explainCommand(): Command {
  return new Command("explain")
    .description("Draw how a text and a video are compared: frames, patches, words.")
    .argument("<text>", "what happens", argument.text)
    .argument("<video>", "the file; all of it is taken for one clip", argument.path)
    .requiredOption("--out <file>", "what to write: .svg, .png or .html", argument.path)
    .option("--model <model>", "auto, a name, hf:OWNER/REPO, or a folder", argument.model)
    .option("--frames <n>", "frames, spread over the video", argument.count, 12)
    .option("--compare", "mean pooling, HVD and SKRR beside each other")
    .addOption(
      new Option("--decoder <name>", "what decodes")
        .choices(["auto", "native", "wasm"]).default("auto"),
    )
    .action(run);
}

interface Options {
  out: string;
  model?: string;
  frames: number;
  compare?: boolean;
  decoder: "auto" | "native" | "wasm";
}

async function run(text: string, video: string, { out, ...options }: Options): Promise<void> {
  // Loads what no other command needs.
  const { explainVideo } = await import("../explain/explain_video.ts");
  const { drawExplanation } = await import("../explain/draw_explanation.ts");
  const { formatOf } = await import("../figures/format.ts");
  const { writePicture } = await import("../figures/write_picture.ts");
  const format = formatOf(out, ["svg", "png", "html"]);
  const onNotice = (message: string) => console.error(oneLine(message));
  using download = new ProgressBar("downloading the model");
  const explained = await explainVideo(text, video, {
    ...options,
    onNotice,
    onDownload: (bytes, total) => download.update(bytes, total),
  });
  download[Symbol.dispose]();
  await writePicture(out, await drawExplanation(explained, format, onNotice));
  console.log(oneLine(out));
}
