import { Command } from "commander";
import { type Check, diagnose } from "../mod.ts";
import { ExitCode } from "./exit_code.ts";
import { oneLine } from "../files/one_line.ts";

const MARK: Record<Check["state"], string> = { works: "✓", absent: "–", broken: "✗" };

/** `fovea doctor`: what works on this machine, what does not, and what to do about it. */
export function doctorCommand(): Command {
  return new Command("doctor")
    .description("Say what works on this machine, and what to do about what does not.")
    .option("--json", "print one JSON object")
    .action(run);
}

async function run(options: { json?: boolean }): Promise<void> {
  const checks = await diagnose();
  if (checks.some(({ state }) => state === "broken")) Deno.exitCode = ExitCode.Failed;
  if (options.json) return console.log(JSON.stringify({ checks }));
  for (const { name, state, detail, advice } of checks) {
    console.log(`${MARK[state]} ${name.padEnd(20)}${oneLine(detail)}`);
    if (advice) console.log(`  ${" ".repeat(20)}${oneLine(advice)}`);
  }
}
