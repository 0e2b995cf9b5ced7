/**
 * Trains and tests every row of the tables, with several seeds; what is done is not done again.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import type { TrainingConfiguration } from "../train/configuration.ts";
import type { RowRequest, RowResult } from "./run_row.ts";
import type { Row, Table } from "./tables.ts";

/** A row with what its runs gave, one a seed. */
export interface RanRow {
  readonly name: string;
  /** K, the videos of each caption that are scored exactly; null for all. */
  readonly candidates: number | null;
  readonly results: readonly RowResult[];
}

/** A table with what its rows gave. */
export interface RanTable {
  readonly id: string;
  readonly title: string;
  readonly rows: readonly RanRow[];
}

/** What an ablation is made from. */
export interface AblationOptions extends Omit<RowRequest, "configuration"> {
  readonly tables: readonly Table[];
  /** What the rows differ from. */
  readonly base: TrainingConfiguration;
  readonly seeds: number;
  /** Told what is run next, and how many runs of how many are done. */
  readonly onRun?: (name: string, done: number, total: number) => void;
}

/**
 * Runs the tables. Rows of the same settings are run once.
 *
 * @throws {Error} If a run fails, with its last words.
 */
export async function ablate(
  { tables, base, seeds, out, onRun, ...request }: AblationOptions,
  signal?: AbortSignal,
): Promise<RanTable[]> {
  await Deno.mkdir(join(out, "runs"), { recursive: true });
  const total = seeds * tables.reduce((sum, { rows }) => sum + rows.length, 0);
  let done = 0;
  const ran: RanTable[] = [];
  for (const { id, title, rows } of tables) {
    const results: RanRow[] = [];
    for (const row of rows) {
      const runs: RowResult[] = [];
      for (let seed = 0; seed < seeds && !signal?.aborted; seed++) {
        onRun?.(`${title}: ${row.name}, seed ${seed}`, done++, total);
        runs.push(await resultOf(configured(base, row, seed), request, out));
      }
      const { fullPath } = configured(base, row, 0);
      const candidates = fullPath ? null : request.candidates;
      if (runs.length > 0) results.push({ name: row.name, candidates, results: runs });
    }
    if (results.length > 0) ran.push({ id, title, rows: results });
  }
  return ran;
}

function configured(base: TrainingConfiguration, row: Row, seed: number): TrainingConfiguration {
  return { ...base, ...row.settings, seed: base.seed + seed };
}

/** The result of a run that was done before, or of doing it now. */
async function resultOf(
  configuration: TrainingConfiguration,
  request: Omit<RowRequest, "configuration" | "out">,
  out: string,
): Promise<RowResult> {
  const key = createHash("sha256").update(JSON.stringify({ configuration, ...request }))
    .digest("hex").slice(0, 16);
  const folder = join(out, "runs", key);
  const path = join(folder, "result.json");
  try {
    return JSON.parse(await Deno.readTextFile(path));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  // What a killed run left would leave out its seconds, and the best of its weights.
  await Deno.remove(folder, { recursive: true }).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
  const result = await runApart({ configuration, ...request, out: folder });
  await Deno.mkdir(folder, { recursive: true });
  await Deno.writeTextFile(`${path}.partial`, JSON.stringify(result));
  await Deno.rename(`${path}.partial`, path);
  return result;
}

/** Runs a row in a process of its own. */
async function runApart(request: RowRequest): Promise<RowResult> {
  const program = fileURLToPath(new URL("./run_row.ts", import.meta.url));
  const permissions = ["--allow-read", "--allow-write", "--allow-env", "--allow-ffi"];
  const child = new Deno.Command("deno", {
    args: ["run", "--quiet", ...permissions, program],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(JSON.stringify(request)));
  await writer.close();
  const { success, stdout, stderr } = await child.output();
  if (success) return JSON.parse(new TextDecoder().decode(stdout));
  const last = new TextDecoder().decode(stderr).split("\n").find((line) => /error/i.test(line));
  throw new Error(`Cannot run a row of the ablation: ${last ?? "its process was killed"}`);
}
