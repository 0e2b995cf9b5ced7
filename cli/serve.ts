import { Command } from "commander";
import { cacheFolder } from "../models/cache_folder.ts";
import * as argument from "./arguments.ts";
import { oneLine } from "../files/one_line.ts";
import { Interruption } from "./interruption.ts";

/** `fovea serve`: opens the index in a browser. */
export function serveCommand(): Command {
  return new Command("serve")
    .description("Look at an index and search it in a browser.")
    .option("--index <dir|uri>", "the index", argument.location, argument.location(".fovea"))
    .option("--model <model>", "auto, a name, hf:OWNER/REPO, or a folder", argument.model)
    .option("--port <n>", "the port; 0 takes any that is free", argument.port, 8000)
    .option(
      "--host <address>",
      "what to listen on; beyond this machine a token is demanded",
      argument.text,
      "127.0.0.1",
    )
    .option(
      "--allow-host <name>",
      "a name that visitors use, such as that of a proxy; repeatable",
      argument.hostNames,
    )
    .option("--root <dir>", "a folder that videos may be added from; repeatable", argument.paths)
    .action(run);
}

interface Options {
  index: string;
  model?: string;
  port: number;
  host: string;
  allowHost?: string[];
  root?: string[];
}

async function run({ root: roots = [], allowHost: names, ...options }: Options): Promise<void> {
  const { promise: asked, resolve } = Promise.withResolvers<void>();
  using _interruption = new Interruption(() => {
    console.error("Ending; interrupt again to stop at once");
    resolve();
  }, () => {});
  // Not before it is needed: the other commands start without them.
  const { startServer } = await import("../web/server.ts");
  const { bundlePage } = await import("../web/page/bundle.ts");
  await using server = await startServer({
    ...options,
    names,
    roots,
    cache: cacheFolder(),
    page: await bundlePage(),
  });
  console.log(server.address);
  server.warm().catch((error) => console.error(`error: ${oneLine((error as Error).message)}`));
  await asked;
}
