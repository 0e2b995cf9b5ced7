import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import project from "../../deno.json" with { type: "json" };
import { sampleVideos } from "../media/samples.ts";
import { MODEL } from "./fovea.ts";

const CONFIG = fileURLToPath(new URL("../../deno.json", import.meta.url));

Deno.test("the installed command works in the folder that it is called in", async () => {
  const home = await Deno.realPath(await Deno.makeTempDir({ prefix: "fovea-test-" }));
  await Deno.mkdir(join(home, "elsewhere"));
  await sampleVideos(join(home, "videos"), 2);
  const [, verb, ...flags] = project.tasks.install.split(" ");
  await run("deno", [verb, "--root", home, ...flags], dirname(CONFIG));

  // As a script of npm's would call it: the variable is npm's, the folder is not the caller's.
  const command = join(home, "bin", Deno.build.os === "windows" ? "fovea.cmd" : "fovea");
  const fovea = (...args: string[]) => {
    return run(command, args, home, { INIT_CWD: join(home, "elsewhere") });
  };
  await fovea("index", "--model", MODEL, "--device", "cpu", "--frames", "2", "videos");
  const { videos } = JSON.parse(await fovea("info", "--json"));
  assert.equal(videos, 2);
  assert.deepEqual([...Deno.readDirSync(join(home, "elsewhere"))], []);
  assert.match(await fovea("--version"), new RegExp(project.version));
});

async function run(
  command: string,
  args: readonly string[],
  cwd: string,
  env: Record<string, string> = {},
): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command, {
    args: [...args],
    cwd,
    env: { NO_COLOR: "1", ...env },
    stdin: "null",
  }).output();
  assert(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}
