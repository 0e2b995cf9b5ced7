import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { sampleVideos } from "../media/samples.ts";
import { openNative } from "../../pipeline/decode/native.ts";
import { fovea, lines, MODEL } from "./fovea.ts";

const INDEX = ["index", "--model", MODEL, "--device", "cpu", "--json", "--segment", "1", "videos"];
const CONFIG = fileURLToPath(new URL("../../deno.json", import.meta.url));

/** Native addons keep threads and files for as long as the process lives. */
const ADDONS_STAY = { sanitizeOps: false, sanitizeResources: false };

/** One index for all tests: six videos of two clips each. */
let indexed: Promise<string> | undefined;
function index(): Promise<string> {
  return indexed ??= (async () => {
    const home = await Deno.realPath(await Deno.makeTempDir({ prefix: "fovea-test-" }));
    await sampleVideos(join(home, "videos"), 6);
    const outcome = await fovea(INDEX, home);
    assert.equal(outcome.code, 0, outcome.stderr);
    return home;
  })();
}

/** Runs `query` with other programs to be found, on a terminal that types `answer` at once. */
async function queryOn(home: string, args: string[], { path = "", answer }: {
  path?: string;
  answer?: string;
}): Promise<string> {
  const task = ["deno", "task", "--quiet", "--config", CONFIG, "query", ...args];
  const command = answer === undefined
    ? task
    : ["script", "--quiet", "--return", "--command", task.join(" "), "/dev/null"];
  const child = new Deno.Command(command[0], {
    args: command.slice(1),
    cwd: home,
    env: { PATH: `${path}:${Deno.env.get("PATH")}`, INIT_CWD: home, TERM: "xterm" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(answer ?? ""));
  const { code, stdout, stderr } = await child.output();
  await writer.close().catch(() => {});
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

Deno.test({
  name: "--export cuts the results out as files",
  ...ADDONS_STAY,
  fn: async () => {
    const home = await index();
    const outcome = await fovea(["query", "red", "--top", "3", "--json", "--export", "out"], home);
    assert.equal(outcome.code, 0, outcome.stderr);
    const { results } = lines(outcome)[0];
    for (const { rank, video, start, end, file } of results) {
      const stem = video.split("/").at(-1).replace(".mp4", "");
      assert.equal(file, join(home, "out", `0${rank} ${stem} 0.0${start}.0.mp4`));
      await using cut = await openNative(file, () => {});
      // Copied: with what is decoded for its last frames.
      const { duration } = cut.facts;
      assert(duration! >= end - start && duration! < end - start + 0.5, String(duration));
    }
    assert.equal((await Array.fromAsync(Deno.readDir(join(home, "out")))).length, 3);
    const printed = await fovea(["query", "red", "--top", "1", "--export", "out"], home);
    assert.match(printed.stdout, /\n {6}cut out as .*out\/01 \d 0\.0\d\.0\.mp4\n$/);
  },
});

Deno.test("--export goes on where a video is gone, and says so", async () => {
  const home = await Deno.realPath(await Deno.makeTempDir({ prefix: "fovea-test-" }));
  const [gone] = await sampleVideos(join(home, "videos"), 2);
  await fovea(INDEX, home);
  await Deno.remove(gone);
  const outcome = await fovea(["query", "red", "--json", "--export", "out"], home);
  assert.equal(outcome.code, 1);
  assert.match(outcome.stderr, /error: Cannot decode .*0\.mp4: there is no such file/);
  const { results } = lines(outcome)[0];
  for (const { video, file } of results) assert.equal(file === null, video === gone);
});

Deno.test({
  name: "--open plays the first result at its moment, in the best player that is there",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    const home = await index();
    const path = await Deno.makeTempDir({ prefix: "fovea-test-" });
    for (const name of ["vlc", "ffplay"]) {
      const script = `#!/bin/sh\nprintf '%s\\n' ${name} "$@" > ${path}/played.part\n` +
        `mv ${path}/played.part ${path}/played\n`;
      await Deno.writeTextFile(join(path, name), script, { mode: 0o755 });
    }
    const watcher = Deno.watchFs(path);
    const printed = await queryOn(home, ["red", "--json", "--open"], { path });
    const [first] = JSON.parse(printed).results;
    for await (const { paths } of watcher) {
      if (paths.includes(join(path, "played"))) break;
    }
    assert.deepEqual((await Deno.readTextFile(join(path, "played"))).trimEnd().split("\n"), [
      ...["vlc", `--start-time=${first.at.toFixed(3)}`, first.video],
    ]);
  },
});

Deno.test({
  name: "a terminal that takes pictures is shown them, another one and a pipe are not",
  // `script`, which makes the pseudo terminal, has other options elsewhere.
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    const home = await index();
    const show = (answer?: string) => queryOn(home, ["red", "--top", "2"], { answer });
    const count = (text: string, part: string) => text.split(part).length - 1;
    const kitty = await show("\x1b_Gi=31;OK\x1b\\\x1b[?62c");
    assert.equal(count(kitty, "\x1b_Ga=T"), 2);
    const sixel = await show("\x1b[?62;4c");
    assert.equal(count(sixel, "\x1bP"), 2);
    for (const none of [await show("\x1b[?62c"), await show()]) {
      assert.equal(count(none, "\x1b_Ga=T") + count(none, "\x1bP"), 0);
      assert.match(none, /best at/);
    }
  },
});
