/**
 * An ablation as Markdown and SVG: mean ± standard deviation over the seeds.
 *
 * @module
 */
import { barChart } from "../eval/figures/bar_chart.ts";
import type { Figure } from "../figures/figure.ts";
import type { RanRow, RanTable } from "./ablate.ts";
import type { RowResult } from "./run_row.ts";

/** The columns of a table, as of SKRR's. */
const COLUMNS: readonly { title: string; of: (result: RowResult) => number; digits: number }[] = [
  { title: "R@1 ↑", of: ({ textToVideo }) => textToVideo.r1, digits: 1 },
  { title: "R@5 ↑", of: ({ textToVideo }) => textToVideo.r5, digits: 1 },
  { title: "R@10 ↑", of: ({ textToVideo }) => textToVideo.r10, digits: 1 },
  { title: "MdR ↓", of: ({ textToVideo }) => textToVideo.medianRank, digits: 1 },
  { title: "MnR ↓", of: ({ textToVideo }) => textToVideo.meanRank, digits: 1 },
  { title: "v2t R@1 ↑", of: ({ videoToText }) => videoToText.r1, digits: 1 },
  { title: "train s ↓", of: ({ trainSeconds }) => trainSeconds, digits: 0 },
  { title: "test s ↓", of: ({ testSeconds }) => testSeconds, digits: 0 },
  { title: "peak GB ↓", of: ({ peakBytes }) => peakBytes / 1e9, digits: 2 },
];

/** The tables, one below the other. */
export function toMarkdown(tables: readonly RanTable[]): string {
  return tables.map(({ title, rows }) => {
    const lines = [
      ["", ...COLUMNS.map((column) => column.title)],
      ["---", ...COLUMNS.map(() => "--:")],
      ...rows.map((row) => [
        nameOf(row),
        ...COLUMNS.map(({ of, digits }) => spread(row.results.map(of), digits)),
      ]),
    ];
    return `## ${title}\n\n${lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n")}\n`;
  }).join("\n");
}

/** A table's R@1 as bars. */
export function toChart({ title, rows }: RanTable): Figure {
  const seeds = Math.max(...rows.map(({ results }) => results.length));
  return barChart({
    title,
    note: seeds > 1 ? `Mean and standard deviation of ${seeds} seeds.` : "One seed.",
    label: "text-to-video R@1, %",
    bars: rows.map((row) => {
      const { results } = row;
      const { mean, deviation } = statistics(results.map((it) => it.textToVideo.r1));
      return { name: nameOf(row), value: mean, ...(results.length > 1 ? { deviation } : {}) };
    }),
  });
}

/** A row's name, and how many videos of each caption were scored exactly where those are not all. */
function nameOf({ name, candidates }: RanRow): string {
  return candidates === null ? name : `${name}, K = ${candidates}`;
}

function spread(values: readonly number[], digits: number): string {
  const { mean, deviation } = statistics(values);
  const text = mean.toFixed(digits);
  return values.length > 1 ? `${text} ± ${deviation.toFixed(digits)}` : text;
}

/** The mean, and the standard deviation of a sample. */
function statistics(values: readonly number[]): { mean: number; deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : 0 };
}
