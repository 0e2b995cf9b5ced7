import assert from "node:assert/strict";
import { roundTicks } from "../../../eval/figures/axes.ts";
import { barChart } from "../../../eval/figures/bar_chart.ts";
import { lineChart } from "../../../eval/figures/line_chart.ts";
import { similarityDistributions } from "../../../eval/figures/similarity_distributions.ts";
import { pairedMatrix } from "../../../eval/similarity_matrix.ts";
import { elements, points, texts } from "./shapes.ts";

Deno.test("ticks are round, even, and cover what they are for", () => {
  for (const [min, max] of [[0, 1], [3, 97], [-0.03, 0.011], [1e-6, 3e-6], [5, 5], [0, 0]]) {
    const ticks = roundTicks(min, max);
    assert.ok(ticks[0] <= min && ticks[ticks.length - 1] >= max, `${min} to ${max}: ${ticks}`);
    assert.ok(ticks.length >= 2 && ticks.length <= 8, `${min} to ${max}: ${ticks}`);
    const steps = ticks.slice(1).map((tick, i) => tick - ticks[i]);
    for (const step of steps) assert.ok(Math.abs(step / steps[0] - 1) < 1e-6);
  }
});

Deno.test("bars are as long as their values, from 0", () => {
  const { svg, width, height } = barChart({
    title: "Modules & losses",
    label: "R@1 (%)",
    bars: [
      { name: "baseline", value: 20 },
      { name: "SKRR <ours>", value: 40, deviation: 0.55, highlighted: true },
      { name: "nothing", value: 0 },
    ],
  });
  const [, ...bars] = elements(svg, "rect");
  const widths = bars.map((bar) => Number(bar.width));
  assert.equal(bars.length, 3);
  assert.ok(Math.abs(widths[1] - 2 * widths[0]) < 0.01);
  assert.ok(widths[2] < 1);
  assert.notEqual(bars[0].fill, bars[1].fill);
  const written = texts(svg);
  for (
    const text of ["Modules &amp; losses", "SKRR &lt;ours&gt;", "R@1 (%)", "40.0 ± 0.6", "20.0"]
  ) {
    assert.ok(written.includes(text), text);
  }
  assert.ok(bars.every((bar) => Number(bar.x) + Number(bar.width) < width));
  assert.ok(bars.every((bar) => Number(bar.y) + Number(bar.height) < height));
  assert.throws(() => barChart({ title: "", label: "", bars: [] }), RangeError);
  const below = { title: "", label: "", bars: [{ name: "loss", value: -1 }] };
  assert.throws(() => barChart(below), /Cannot draw the bar "loss": it is -1, below 0/);
});

Deno.test("lines go through their points, with bands of deviation", () => {
  const { svg } = lineChart({
    title: "Rounds",
    xLabel: "rounds",
    yLabel: "R@1 (%)",
    xTicks: [1, 2, 3],
    marked: true,
    series: [
      { name: "a", points: [{ x: 1, y: 10 }, { x: 2, y: 30 }, { x: 3, y: 20 }] },
      { name: "b", points: [{ x: 1, y: 20, deviation: 5 }, { x: 3, y: 20, deviation: 5 }] },
    ],
  });
  const paths = elements(svg, "path");
  assert.equal(paths.length, 3);
  const [first, second, third] = points(paths[0].d);
  assert.ok(second[0] - first[0] > 0);
  assert.ok(Math.abs((third[0] - second[0]) - (second[0] - first[0])) < 0.01);
  assert.ok(Math.abs((first[1] - second[1]) - 2 * (first[1] - third[1])) < 0.01);
  // The band is from 15 to 25, the line at 20 in its middle.
  const band = points(paths[1].d), line = points(paths[2].d);
  assert.equal(band.length, 4);
  assert.ok(Math.abs((band[0][1] + band[3][1]) / 2 - line[0][1]) < 0.01);
  assert.equal(elements(svg, "circle").length, 5);
  for (const text of ["a", "b", "rounds", "R@1 (%)"]) assert.ok(texts(svg).includes(text), text);
  assert.throws(
    () => lineChart({ title: "", xLabel: "", yLabel: "", series: [] }),
    RangeError,
  );
});

Deno.test("distributions keep apart what belongs together and what does not", () => {
  const values = Float32Array.from({ length: 900 }, (_, i) => i % 31 === 0 ? 0.75 : 0.25);
  const matrix = pairedMatrix(values, [30, 30]);
  const { svg } = similarityDistributions({
    title: "Similarities",
    panels: [{ name: "without", matrix }, { name: "with", matrix }],
  });
  const written = texts(svg);
  assert.equal(written.filter((text) => text === "mean 0.750").length, 2);
  assert.equal(written.filter((text) => text === "mean 0.250").length, 2);
  for (const text of ["without", "with", "caption and its video", "all others"]) {
    assert.ok(written.includes(text), text);
  }
  const [wrong, right] = elements(svg, "path").map(({ d }) => points(d));
  // Where a curve is highest: the others left, the pairs right.
  const peak = (path: [number, number][]) =>
    path.reduce((best, point) => point[1] < best[1] ? point : best)[0];
  assert.ok(peak(wrong) < peak(right));
  assert.throws(() => similarityDistributions({ title: "", panels: [] }), RangeError);
});
