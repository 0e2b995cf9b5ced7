import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

/** A file of this repository. */
const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

Deno.test("ClipStore works from a node_modules beside a copy of the configuration", async () => {
  const folder = await Deno.makeTempDir();
  // What `deno install --global` makes.
  for (const name of ["deno.json", "deno.lock"]) {
    await Deno.copyFile(here(`../../${name}`), `${folder}/${name}`);
  }
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--no-prompt",
      "--cached-only",
      `--config=${folder}/deno.json`,
      "--allow-read",
      "--allow-write",
      "--allow-env",
      "--allow-sys",
      "--allow-ffi",
      here("create_process.ts"),
      `${folder}/index`,
    ],
  }).output();
  assert(success, new TextDecoder().decode(stderr));
  await Deno.remove(folder, { recursive: true });
});
