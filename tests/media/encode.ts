/**
 * Makes small videos for tests with `ffmpeg` compiled to WebAssembly: none are committed or
 * downloaded.
 *
 * @module
 */
import type { FFmpeg } from "@ffmpeg/ffmpeg";
import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** Changes when the same arguments come to make another file. */
const VERSION = 1;

let encoder: Promise<FFmpeg> | undefined;
// One after the other: the program has one memory.
let queue: Promise<unknown> = Promise.resolve();

/**
 * Runs `ffmpeg` and gives the file that it made. The same arguments make it once: the file stays in
 * the system's folder for temporary files, and nobody may change it.
 *
 * @param args Arguments but for the output.
 * @param extension The output's, which says what container it is.
 * @param input A file for the arguments to name as `input`.
 * @returns The path of the file.
 */
export function encode(
  args: readonly string[],
  extension: string,
  input?: string,
): Promise<string> {
  const made = queue.then(() =>
    makeOnce([args, input], extension, (path) => run(args, extension, input, path))
  );
  queue = made.catch(() => {});
  return made;
}

/** Ends the program; the next call starts it again. */
export async function closeEncoder(): Promise<void> {
  await queue;
  (await encoder)?.terminate();
  encoder = undefined;
}

/**
 * Makes a file once, in the system's folder for temporary files.
 *
 * @param recipe What it is made of: the same gives the same file.
 * @param make Writes it to the path that it is given.
 * @returns The path of the file.
 */
export async function makeOnce(
  recipe: unknown,
  extension: string,
  make: (path: string) => Promise<void>,
): Promise<string> {
  const key = JSON.stringify([VERSION, recipe, extension]);
  const name = createHash("sha256").update(key).digest("hex").slice(0, 16);
  const folder = join(tmpdir(), "fovea-test-media");
  const path = join(folder, `${name}.${extension}`);
  if (await Deno.stat(path).then(() => true, () => false)) return path;
  await Deno.mkdir(folder, { recursive: true });
  // Other test files may be making the same: each writes its own, the last one named stays.
  const partial = join(folder, `${crypto.randomUUID()}.${extension}`);
  await make(partial);
  await Deno.rename(partial, path);
  return path;
}

async function run(
  args: readonly string[],
  extension: string,
  input: string | undefined,
  path: string,
): Promise<void> {
  const ffmpeg = await (encoder ??= start());
  const lines: string[] = [];
  const log = ({ message }: { message: string }) => lines.push(message);
  ffmpeg.on("log", log);
  if (input) await ffmpeg.writeFile("input", await Deno.readFile(input));
  // The first argument after the program's own is lost unless it takes no value.
  const code = await ffmpeg.exec(["-hide_banner", ...args, `output.${extension}`])
    .catch((reason) => {
      // It crashed: what comes next needs a new one.
      ffmpeg.terminate();
      encoder = undefined;
      lines.push(String(reason));
    });
  ffmpeg.off("log", log);
  if (code !== 0) {
    throw new Error(`Cannot make a ${extension} file: ${lines.slice(-8).join(" / ")}`);
  }
  const bytes = await ffmpeg.readFile(`output.${extension}`) as Uint8Array;
  await ffmpeg.deleteFile(`output.${extension}`);
  await Deno.writeFile(path, bytes);
}

async function start(): Promise<FFmpeg> {
  const require = createRequire(import.meta.url);
  // Its main module is for browsers and refuses to load outside of one; the class in it does not.
  const worker = pathToFileURL(require.resolve("@ffmpeg/ffmpeg/worker"));
  const { FFmpeg } = await import(new URL("./classes.js", worker).href);
  const core = pathToFileURL(require.resolve("@ffmpeg/core")).href;
  const ffmpeg: FFmpeg = new FFmpeg();
  await ffmpeg.load({
    coreURL: core.replace("/umd/", "/esm/"),
    wasmURL: pathToFileURL(require.resolve("@ffmpeg/core/wasm")).href,
  });
  return ffmpeg;
}
