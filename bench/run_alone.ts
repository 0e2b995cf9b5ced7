import { fileURLToPath } from "node:url";

/**
 * Runs a program of this folder in a process of its own, so that its memory and processor time are
 * its alone.
 *
 * @returns The JSON object that it printed.
 */
export async function runAlone<T>(program: string, ...args: string[]): Promise<T> {
  const root = fileURLToPath(new URL("../", import.meta.url));
  const { success, stdout } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--config",
      `${root}deno.json`,
      ...["--allow-read", "--allow-write", "--allow-env", "--allow-sys", "--allow-ffi"],
      `${root}bench/${program}`,
      ...args,
    ],
    env: { MALLOC_ARENA_MAX: "2" }, // as the tasks that index and serve
    stderr: "inherit",
  }).output();
  if (!success) throw new Error(`Cannot measure: ${program} ${args.join(" ")} failed`);
  return JSON.parse(new TextDecoder().decode(stdout));
}
