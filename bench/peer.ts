import { join } from "node:path";

/** The folder of the peer's scripts, if `--peer DIR` was given after `--`. */
export function peerFolder(): string | undefined {
  const at = Deno.args.indexOf("--peer");
  return at < 0 ? undefined : Deno.args[at + 1];
}

/**
 * Runs one of the peer's Python scripts (with `PEER_PYTHON`, or `python3`) and reads the figures
 * that it records, by the script's own name and labels.
 */
export async function runPeer<T>(
  folder: string,
  script: string,
  ...args: string[]
): Promise<Record<string, T>> {
  const results = await Deno.makeTempFile({ suffix: ".json" });
  await Deno.writeTextFile(results, "{}");
  try {
    const { success } = await new Deno.Command(Deno.env.get("PEER_PYTHON") ?? "python3", {
      args: [join(folder, `${script}.py`), ...args],
      env: { PEER_RESULTS: results },
      stdout: "null",
      stderr: "inherit",
    }).output();
    if (!success) throw new Error(`Cannot measure the peer: ${script}.py failed`);
    return JSON.parse(await Deno.readTextFile(results))[script];
  } finally {
    await Deno.remove(results);
  }
}
