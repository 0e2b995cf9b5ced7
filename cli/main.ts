/** The command line: `fovea index`, `fovea query` and the other verbs, one file each. */
import { Command, CommanderError } from "commander";
import project from "../deno.json" with { type: "json" };
import { alertCommand } from "./alert.ts";
import { captionCommand } from "./caption.ts";
import { doctorCommand } from "./doctor.ts";
import { duplicatesCommand } from "./duplicates.ts";
import { evalCommand } from "./eval.ts";
import { ExitCode } from "./exit_code.ts";
import { explainCommand } from "./explain.ts";
import { indexCommand } from "./index.ts";
import { infoCommand } from "./info.ts";
import { mapCommand } from "./map.ts";
import { oneLine } from "../files/one_line.ts";
import { queryCommand } from "./query.ts";
import { removeCommand } from "./remove.ts";
import { ablateCommand } from "./ablate.ts";
import { demoCommand } from "./demo.ts";
import { miniCommand } from "./mini.ts";
import { serveCommand } from "./serve.ts";
import { trainCommand } from "./train.ts";
import { worldCommand } from "./world.ts";

const program = new Command("fovea")
  .description("Find the moment in any video by saying what happens in it.")
  .version(project.version)
  .configureOutput({
    outputError: (text, write) => write(`${oneLine(text.trimEnd().replace("\n(", " ("))}\n`),
  });

for (
  const command of [
    indexCommand(),
    queryCommand(),
    alertCommand(),
    duplicatesCommand(),
    infoCommand(),
    removeCommand(),
    serveCommand(),
    trainCommand(),
    ablateCommand(),
    demoCommand(),
    miniCommand(),
    doctorCommand(),
    evalCommand(),
    explainCommand(),
    mapCommand(),
    captionCommand(),
    worldCommand(),
  ]
) {
  program.addCommand(command.copyInheritedSettings(program));
  for (const verb of command.commands) verb.copyInheritedSettings(command);
}
for (const command of [program, ...program.commands.flatMap((it) => [it, ...it.commands])]) {
  command.exitOverride();
}

try {
  await program.parseAsync(Deno.args, { from: "user" });
} catch (error) {
  if (error instanceof CommanderError) {
    Deno.exit(error.exitCode === 0 ? ExitCode.Ok : ExitCode.Usage);
  }
  console.error(`error: ${oneLine(error instanceof Error ? error.message : String(error))}`);
  Deno.exit(error instanceof RangeError ? ExitCode.Usage : ExitCode.Failed);
}
// A decoder that hangs in native code would keep the process alive.
Deno.exit(Deno.exitCode);
