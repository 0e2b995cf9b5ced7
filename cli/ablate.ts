import { join } from "node:path";
import { Command } from "commander";
import type { RanTable } from "../ablate/ablate.ts";
import { oneLine } from "../files/one_line.ts";
import * as argument from "./arguments.ts";
import { Interruption } from "./interruption.ts";

/** `fovea ablate`: the papers' tables on one's own data. */
export function ablateCommand(): Command {
  return new Command("ablate")
    .description("Train and test every row of the papers' tables on captioned videos.")
    .requiredOption("--data <dir>", "a folder with train, validation and test", argument.path)
    .option("--dataset <name>", "which data set, where the folder holds several", argument.text)
    .requiredOption("--model <model>", "a name, hf:OWNER/REPO, or a folder", argument.namedModel)
    .requiredOption("--out <dir>", "where; the same command goes on", argument.path)
    .option("--config <file.json>", "settings that differ from the papers'", argument.path)
    .option("--tables <names>", "which tables, with commas between (default: all)", argument.text)
    .option("--seeds <n>", "runs of every row", argument.count, 3)
    .option("--candidates <k>", "videos a query that hvd scores exactly", argument.count, 50)
    .action(run);
}

interface Options {
  data: string;
  dataset?: string;
  model: string;
  out: string;
  config?: string;
  tables?: string;
  seeds: number;
  candidates: number;
}

async function run(options: Options): Promise<void> {
  const { data: dir, dataset, model, out, config, seeds, candidates } = options;
  // Loads what no other command needs.
  const { ablate } = await import("../ablate/ablate.ts");
  const { toChart, toMarkdown } = await import("../ablate/report.ts");
  const { tables } = await import("../ablate/tables.ts");
  const { openData } = await import("../data/open_data.ts");
  const { paperConfiguration } = await import("../train/configuration.ts");
  const { encodeSplits, openSource } = await import("../train/open_training.ts");
  const { checkConfiguration, readSettings } = await import("../train/settings_file.ts");
  const data = await openData(dir, dataset);
  const base = checkConfiguration({
    ...paperConfiguration("skrr"),
    ...data.sampling,
    ...(config === undefined ? {} : await readSettings(config)),
  });
  const all = tables(base);
  const asked = options.tables?.split(",") ?? all.map(({ id }) => id);
  const unknown = asked.find((id) => !all.some((table) => table.id === id));
  if (unknown !== undefined) {
    const ids = all.map(({ id }) => id).join(", ");
    throw new RangeError(`Cannot run the table "${unknown}": the tables are ${ids}`);
  }
  using interruption = new Interruption(
    () => console.error("Finishing the run in hand; the same command goes on"),
    () => {},
  );
  const note = (message: string) => console.error(oneLine(message));
  const { signal } = interruption;
  const from = { data, model, configuration: base, onNotice: note };
  const source = await openSource(from);
  const encoded = await encodeSplits(source, from, ["validation", "test"], signal)
    .catch((error) => {
      if (signal.aborted) return null;
      throw error;
    });
  if (!encoded) {
    Deno.exitCode = interruption.exitCode!;
    return;
  }
  const { training, validation, test } = encoded;
  if (!validation || !test) {
    throw new Error(`Cannot ablate on "${dir}": it needs a validation and a test split`);
  }
  const ran = await ablate({
    tables: all.filter(({ id }) => asked.includes(id)),
    base,
    seeds,
    candidates,
    out,
    logitScale: source.logitScale,
    features: { train: training.dir, validation: validation.dir, test: test.dir },
    onRun: (name, done, total) => console.error(`${done + 1} of ${total}: ${name}`),
  }, signal);
  const path = join(out, "ablation.json");
  const together = withEarlier(ran, await readTables(path), all.map(({ id }) => id));
  await Deno.writeTextFile(path, JSON.stringify(together, null, 2) + "\n");
  await Deno.writeTextFile(join(out, "ablation.md"), toMarkdown(together));
  for (const table of ran) {
    await Deno.writeTextFile(join(out, `${table.id}.svg`), toChart(table).svg);
  }
  console.log(toMarkdown(ran));
  if (interruption.exitCode !== undefined) Deno.exitCode = interruption.exitCode;
}

async function readTables(path: string): Promise<RanTable[]> {
  try {
    return JSON.parse(await Deno.readTextFile(path));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** Tables that ran now, and those that only ran before, in the papers' order. */
function withEarlier(
  ran: readonly RanTable[],
  before: readonly RanTable[],
  order: readonly string[],
): RanTable[] {
  return order.flatMap((id) =>
    ran.find((table) => table.id === id) ?? before.find((table) => table.id === id) ?? []
  );
}
