import assert from "node:assert/strict";

/** Mounting a small disk needs a namespace of its own, which not every system grants. */
async function canMount(): Promise<boolean> {
  if (Deno.build.os !== "linux") return false;
  const folder = await Deno.makeTempDir();
  try {
    return (await mounted(folder, "true")).success;
  } catch {
    return false;
  } finally {
    await Deno.remove(folder);
  }
}

/** Runs a command that sees a disk of 2 MB at a folder. */
function mounted(folder: string, ...command: string[]): Promise<Deno.CommandOutput> {
  const script = 'mount -t tmpfs -o size=2m none "$0" && exec "$@"';
  return new Deno.Command("unshare", {
    args: ["--user", "--mount", "--map-root-user", "sh", "-c", script, folder, ...command],
  }).output();
}

const ignore = !await canMount();

Deno.test({
  name: "a full disk is one line, loses nothing, and the index goes on where there is room" +
    (ignore ? " (needs unshare and mount)" : ""),
  ignore,
  async fn() {
    const folder = await Deno.makeTempDir();
    const script = new URL("./disk_full_process.ts", import.meta.url).pathname;
    const { success, stdout, stderr } = await mounted(
      folder,
      Deno.execPath(),
      ...["run", "--no-prompt", "--allow-read", "--allow-write", "--allow-ffi", "--allow-env"],
      ...["--allow-sys", "--allow-run=mount", script, folder],
    );
    assert(success, new TextDecoder().decode(stderr));
    assert.equal(
      new TextDecoder().decode(stdout),
      `Cannot write the index ${folder}/index: the disk is full; ` +
        "free some space and run the same command again\n",
    );
    await Deno.remove(folder);
  },
});
