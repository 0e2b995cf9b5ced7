import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { sampleVideos } from "../media/samples.ts";
import { MODEL } from "./fovea.ts";

/** Runs a program on a terminal of its own, of 100 columns; null where the system's `script` cannot. */
async function onTerminal(program: string, cwd: string): Promise<string | null> {
  try {
    const { success, stdout } = await new Deno.Command("script", {
      args: ["-qec", `stty cols 100 rows 40; ${program}`, "/dev/null"],
      cwd,
      stdin: "null",
      env: { TERM: "xterm" },
    }).output();
    return success ? new TextDecoder().decode(stdout) : null;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

/** A control sequence, the cursor's place kept or taken up again, or a letter. */
const ESCAPE = String.fromCharCode(0x1b);
const CODES = new RegExp(`${ESCAPE}\\[([?\\d;]*)([A-Za-z])|${ESCAPE}([78])|([\\s\\S])`, "g");

/** What a terminal shows at the end of all that was written to it, and what stood there meanwhile. */
function screen(written: string): { lines: string[]; seen: string } {
  const rows: string[][] = [[]];
  let [row, column, savedRow, savedColumn] = [0, 0, 0, 0];
  const seen: string[] = [];
  const parts = written.matchAll(CODES);
  for (const [, count, command, save, letter] of parts) {
    const line = rows[row];
    if (letter === "\n") {
      row++;
      rows[row] ??= [];
    } else if (letter === "\r") column = 0;
    else if (letter) line[column++] = letter;
    else if (save === "7") [savedRow, savedColumn] = [row, column];
    else if (save === "8") [row, column] = [savedRow, savedColumn];
    else if (command === "G") column = Math.max(0, Number(count) - 1);
    else if (command === "K") {
      seen.push(line.join(""));
      line.length = count === "2" ? 0 : Math.min(line.length, column);
    } else if (command === "J") {
      line.length = Math.min(line.length, column);
      rows.length = row + 1;
    }
  }
  return { lines: rows.map((line) => line.join("")).filter(Boolean), seen: seen.join("\n") };
}

const ignore = await onTerminal("true", ".") === null;

Deno.test({
  name: "a bar tells how far indexing is, and no line above it is lost" +
    (ignore ? " (needs script of util-linux)" : ""),
  ignore,
  async fn() {
    const home = await Deno.makeTempDir();
    await sampleVideos(join(home, "videos"), 3);
    await Deno.writeTextFile(join(home, "videos", "bad.mp4"), "bad");
    const main = fileURLToPath(new URL("../../cli/main.ts", import.meta.url));
    const flags = "--allow-read --allow-write --allow-env --allow-ffi";
    const command = `index --model ${MODEL} --device cpu videos || true`; // one is no video
    const written = await onTerminal(`"${Deno.execPath()}" run ${flags} ${main} ${command}`, home);
    const { lines, seen } = screen(written!);

    assert.match(seen, /[█░] +\d+ % \| [0-4] of 4 videos stored \| \d+\.\d clips\/s \| \S+ left/);
    assert.doesNotMatch(seen, /\d:\d\d:\d\d left/, "three small videos do not take hours");
    const names = lines.map((line) => /(\d|bad)\.mp4: /.exec(line)?.[1] ?? "").toSorted();
    assert.deepEqual(names, ["", "0", "1", "2", "bad"], lines.join("\n"));
    assert.match(lines.at(-1)!, /^3 videos indexed \(3 clips, /);
    await Deno.remove(home, { recursive: true });
  },
});
