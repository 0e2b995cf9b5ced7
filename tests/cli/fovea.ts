import { fileURLToPath } from "node:url";
import project from "../../deno.json" with { type: "json" };

const CONFIG = fileURLToPath(new URL("../../deno.json", import.meta.url));

/** A small CLIP of random weights. */
export const MODEL = fileURLToPath(
  new URL("../vectors/clip/clip-tiny-quickgelu", import.meta.url),
);

/** What a command printed and how it ended. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Starts a verb as its task does, but without the process of `deno task` around it, so that a
 * signal reaches it. Standard error is dropped.
 */
export function startAlone([verb, ...args]: readonly string[], cwd: string): Deno.ChildProcess {
  const [, command] = project.tasks[verb as keyof typeof project.tasks].split("deno ");
  const [run, ...rest] = command.split(" ");
  const main = fileURLToPath(new URL("../../cli/main.ts", import.meta.url));
  const flags = rest.map((flag) => flag === "cli/main.ts" ? main : flag);
  return new Deno.Command("deno", {
    args: [run, "--config", CONFIG, ...flags, ...args],
    cwd,
    ...environment(),
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
}

/** Runs `deno task VERB ARGUMENTS…` in a folder of the caller's, to its end. */
export async function fovea(
  args: readonly string[],
  cwd: string,
  stdin?: string,
): Promise<Outcome> {
  const child = new Deno.Command("deno", {
    args: ["task", "--quiet", "--config", CONFIG, ...args],
    cwd,
    ...environment(),
    stdin: stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  if (stdin !== undefined) new Blob([stdin]).stream().pipeTo(child.stdin);
  const { code, stdout, stderr } = await child.output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  // Deno says so itself where another one starts at the same time.
  const own = text(stderr).replace(/^Blocking waiting for file lock .*\n/gm, "");
  return { code, stdout: text(stdout), stderr: own };
}

/** A shell's environment: without the caller's folder that the task of the tests has set. */
function environment(): { env: Record<string, string>; clearEnv: true } {
  const { INIT_CWD: _, ...env } = Deno.env.toObject();
  return { env: { ...env, NO_COLOR: "1" }, clearEnv: true };
}

/** The objects that a command with `--json` printed, one a line. */
// deno-lint-ignore no-explicit-any -- what a program on the other end of the pipe would see
export function lines({ stdout }: Outcome): any[] {
  return stdout.trim().split("\n").map((line) => JSON.parse(line));
}
