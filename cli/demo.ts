import { join } from "node:path";
import { Command } from "commander";
import { openIndex } from "../mod.ts";
import { EMBEDDED_MODEL } from "../models/embedded.ts";
import * as argument from "./arguments.ts";
import { clock } from "./clock.ts";
import { ExitCode } from "./exit_code.ts";

/** `fovea demo`: a dozen drawn videos, indexed and searched with the embedded model. */
export function demoCommand(): Command {
  return new Command("demo")
    .description("Make a dozen videos, index them and search: no network, under two minutes.")
    .option(
      "--out <dir>",
      "where the videos and their index go",
      argument.path,
      argument.path("fovea-demo"),
    )
    .action(run);
}

async function run({ out }: { out: string }): Promise<void> {
  // Loads a rasteriser that few commands need.
  const { DEMO_QUERIES, demoScenes } = await import("../world/demo.ts");
  const { writeVideo } = await import("../world/generate.ts");
  const videos = join(out, "videos");
  await Deno.mkdir(videos, { recursive: true });
  for (const { name, scene } of demoScenes()) {
    const path = join(videos, name);
    if (!await isThere(path)) await writeVideo(path, scene);
  }
  console.log(`Drew ${demoScenes().length} videos in ${videos}`);

  const location = join(out, ".fovea");
  await using index = await openIndex(location, { model: EMBEDDED_MODEL });
  for await (const event of index.add([videos])) {
    if (event.kind === "failed") console.error(`error: ${event.error}`);
    if (event.kind !== "summary") continue;
    const { indexed, unchanged, seconds } = event;
    console.log(`Indexed ${indexed} (${unchanged} were there) in ${seconds.toFixed(1)} s`);
  }

  let found = 0;
  for (const { text, video } of DEMO_QUERIES) {
    const { moments } = await index.search(text, { top: 3 });
    console.log(`\n"${text}"`);
    moments.forEach(({ video, at, score }, i) =>
      console.log(`  ${i + 1}. ${video} at ${clock(at)}  ${score.toFixed(3)}`)
    );
    if (moments[0]?.video.endsWith(video)) found++;
  }
  console.log(`\n${found} of ${DEMO_QUERIES.length} right at the first place.`);
  console.log(
    `Now your own:\n  deno task index ~/Videos\n  deno task query "what happens in it"\n` +
      `and more about these: deno task query --index ${location} "a camel in the desert"`,
  );
  if (found < DEMO_QUERIES.length) Deno.exitCode = ExitCode.Failed;
}

async function isThere(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch {
    return false;
  }
}
