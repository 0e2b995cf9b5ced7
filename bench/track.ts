/**
 * Measures the figures that matter, appends them to a history of this machine as one JSON line, and
 * prints how they changed since the last line: `deno task bench:track`.
 *
 * @module
 */
import { hostname } from "node:os";
import { fileURLToPath } from "node:url";
import { clipsFolder } from "./clips.ts";
import { ensureRandomVitB32, RANDOM_VIT_B32 } from "./models/random_vit_b32.ts";
import { runAlone } from "./run_alone.ts";

/** Figures by name; of all of them less is better. */
type Figures = Record<string, number>;

interface Entry {
  readonly date: string;
  readonly commit: string;
  readonly machine: string;
  /** The videos that were indexed: figures of different ones do not compare. */
  readonly clips: string;
  readonly figures: Figures;
}

const HISTORY = fileURLToPath(new URL("history.jsonl", import.meta.url));

await ensureRandomVitB32();
const clips = await clipsFolder();
const entry: Entry = {
  date: new Date().toISOString(),
  commit: await git("rev-parse", "--short", "HEAD"),
  machine: `${hostname()}, ${navigator.hardwareConcurrency} cores`,
  clips,
  figures: await measure(),
};
const last = (await readHistory()).findLast(({ machine, clips }) =>
  machine === entry.machine && clips === entry.clips
);
await Deno.writeTextFile(HISTORY, `${JSON.stringify(entry)}\n`, { append: true });
for (const [name, value] of Object.entries(entry.figures)) {
  const before = last?.figures[name];
  const change = before ? ` (${percent(value / before - 1)} since ${last.commit})` : "";
  console.log(`${name}: ${value.toPrecision(4)}${change}`);
}

async function measure(): Promise<Figures> {
  const figures: Figures = {};
  for (const precision of ["f32", "int8"]) {
    const run = await runAlone<Figures>(
      "index_run.ts",
      ...[clips, RANDOM_VIT_B32, precision, "native", "12"],
    );
    figures[`index ${precision}, s`] = run.seconds;
    figures[`index ${precision}, processor s`] = run.cpuSeconds;
    figures[`index ${precision}, peak MB`] = run.peakBytes / 1e6;
  }
  const query = await runAlone<Figures>("query_run.ts", "1000", "12", "74");
  figures["first query of 1000 clips, ms"] = query.first;
  figures["warm query of 1000 clips, ms"] = query.warm;
  return figures;
}

async function readHistory(): Promise<Entry[]> {
  try {
    const lines = (await Deno.readTextFile(HISTORY)).trim().split("\n");
    return lines.map((line) => JSON.parse(line));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

async function git(...args: string[]): Promise<string> {
  const { stdout } = await new Deno.Command("git", { args }).output();
  return new TextDecoder().decode(stdout).trim();
}

function percent(share: number): string {
  return `${share < 0 ? "−" : "+"}${Math.abs(100 * share).toFixed(1)} %`;
}
