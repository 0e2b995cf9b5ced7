/**
 * The curves of a run: its loss, and recall on the validation split.
 *
 * @module
 */
import { lineChart } from "../eval/figures/line_chart.ts";
import type { Metrics, RunFolder } from "./run_folder.ts";

/** Points of a curve at most, so that a long run is no larger a file. */
const MOST_POINTS = 400;

/** Draws `loss.svg` and, where there were evaluations, `recall.svg` into a run's folder. */
export async function drawCurves(folder: RunFolder, lines: readonly Metrics[]): Promise<void> {
  if (lines.length === 0) return;
  const every = Math.ceil(lines.length / MOST_POINTS);
  const points = lines.filter((_, i) => i % every === 0)
    .map(({ step, loss }) => ({ x: step, y: loss }));
  const loss = lineChart({
    title: "Loss",
    xLabel: "step",
    yLabel: "loss",
    series: [{ name: "loss", points }],
  });
  await folder.write("loss.svg", loss.svg);
  const recalls = [...new Set(lines.flatMap((line) => Object.keys(line)))]
    .filter((name) => name.includes("R@"));
  if (recalls.length === 0) return;
  const recall = lineChart({
    title: "Recall on the validation split",
    xLabel: "step",
    yLabel: "recall, %",
    marked: true,
    series: recalls.map((name) => ({
      name,
      points: lines.filter((line) => name in line).map((line) => ({ x: line.step, y: line[name] })),
    })),
  });
  await folder.write("recall.svg", recall.svg);
}
