/**
 * How alike a model finds what belongs together and what does not (SKRR, figure 4).
 *
 * @module
 */
import { DROPPED, KEPT } from "../../figures/colours.ts";
import { type Figure, figure, MARGIN, shownCosine } from "../../figures/figure.ts";
import { element, short } from "../../figures/svg.ts";
import { label } from "../../figures/text.ts";
import type { SimilarityMatrix } from "../similarity_matrix.ts";
import { type Axis, drawAxes, type PlotArea, roundAxis, roundTicks, xOf, yOf } from "./axes.ts";
import { drawLegend } from "./legend.ts";
import { drawTitle, type Titled } from "./title.ts";

/** The similarities of a model, or of a way to train it. */
export interface NamedMatrix {
  readonly name: string;
  readonly matrix: SimilarityMatrix;
}

/** What {@linkcode similarityDistributions} shows. */
export interface DistributionChart extends Titled {
  /** One below the other, on the same axes: without the Recover-Path, with it. */
  readonly panels: readonly NamedMatrix[];
}

const WIDTH = 760;
const HEIGHT = 190;

/** Stretches of the x-axis that pairs are counted in: more where there are more pairs. */
const BINS = { fewest: 20, most: 80 };

/**
 * Draws the distributions of the similarities of pairs that belong together and of all others.
 * Each curve shows shares of its own pairs, so that few and many can be compared.
 *
 * @throws {RangeError} If there is no panel.
 */
export function similarityDistributions(chart: DistributionChart): Figure {
  if (chart.panels.length === 0) throw new RangeError("Cannot draw similarities: there are none");
  const pairs = chart.panels.map(({ matrix }) => splitPairs(matrix));
  const all = pairs.flatMap(({ right, wrong }) => [right, wrong]).filter((it) => it.length > 0);
  const x = roundAxis("similarity", Math.min(...all.map(least)), Math.max(...all.map(most)), 8);
  const pairsOfOne = Math.max(...pairs.map(({ right }) => right.length));
  const bins = Math.round(Math.min(BINS.most, Math.max(BINS.fewest, 4 * Math.cbrt(pairsOfOne))));
  const shares = pairs.map(({ right, wrong }) => ({
    right: sharesOf(right, x, bins),
    wrong: sharesOf(wrong, x, bins),
  }));
  const highest = Math.max(...shares.flatMap(({ right, wrong }) => [...right, ...wrong]));
  // With room above the highest for the means.
  const ticks = roundTicks(0, 1.2 * highest, 3);
  const y: Axis = { label: "share of pairs (%)", min: 0, max: ticks[ticks.length - 1], ticks };

  const head = drawTitle(chart, WIDTH);
  const legend = drawLegend(
    [{ name: "caption and its video", colour: KEPT }, { name: "all others", colour: DROPPED }],
    MARGIN,
    head.bottom,
    WIDTH - 2 * MARGIN,
  );
  let top = legend.bottom + 14;
  const parts = chart.panels.flatMap(({ name }, i) => {
    const area: PlotArea = {
      left: MARGIN + 60,
      top: top + 22,
      width: WIDTH - 2 * MARGIN - 60,
      height: HEIGHT,
    };
    top = area.top + HEIGHT + 62;
    const { right, wrong } = pairs[i];
    return [
      label(area.left, area.top - 10, name, { size: 15, bold: true }),
      ...drawAxes(area, x, y),
      drawShares(shares[i].wrong, DROPPED, area, x, y),
      drawShares(shares[i].right, KEPT, area, x, y),
      ...drawMean(wrong, DROPPED, area, x, "end"),
      ...drawMean(right, KEPT, area, x, "start"),
    ];
  });
  return figure(WIDTH, top, chart.title, [...head.parts, ...legend.parts, ...parts]);
}

/** The exact similarities of the pairs that belong together, and of all others. */
function splitPairs(
  { values, videos, videoOf, exact }: SimilarityMatrix,
): { right: Float32Array; wrong: Float32Array } {
  const own = (i: number) => videoOf[Math.floor(i / videos)] === i % videos;
  const isExact = (i: number) => exact === undefined || exact[i] === 1;
  return {
    right: values.filter((_, i) => isExact(i) && own(i)),
    wrong: values.filter((_, i) => isExact(i) && !own(i)),
  };
}

/** The share of the values in each of so many equal stretches of an axis, in percent. */
function sharesOf(values: Float32Array, { min, max }: Axis, bins: number): Float64Array {
  const shares = new Float64Array(bins);
  for (const value of values) {
    const bin = Math.floor((value - min) / (max - min) * bins);
    shares[Math.min(bins - 1, Math.max(0, bin))] += 100 / values.length;
  }
  return shares;
}

function drawShares(
  shares: Float64Array,
  colour: string,
  area: PlotArea,
  x: Axis,
  y: Axis,
): string {
  const bottom = short(yOf(0, y, area));
  const step = (x.max - x.min) / shares.length;
  const edges = Array.from(shares, (share, i) => {
    const from = short(xOf(x.min + i * step, x, area));
    const to = short(xOf(x.min + (i + 1) * step, x, area));
    const height = short(yOf(share, y, area));
    return `L${from} ${height}L${to} ${height}`;
  }).join("");
  const left = short(xOf(x.min, x, area)), right = short(xOf(x.max, x, area));
  return element("path", {
    ...{ d: `M${left} ${bottom}${edges}L${right} ${bottom}Z`, fill: colour },
    ...{ "fill-opacity": 0.28, stroke: colour, "stroke-width": 1.5, "stroke-linejoin": "round" },
  });
}

/** A line at the mean of some values, and the mean itself. */
function drawMean(
  values: Float32Array,
  colour: string,
  area: PlotArea,
  x: Axis,
  anchor: "start" | "end",
): string[] {
  if (values.length === 0) return [];
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const at = xOf(mean, x, area);
  const { top, height } = area;
  const line = { x1: at, x2: at, y1: top, y2: top + height, stroke: colour };
  return [
    element("line", { ...line, "stroke-width": 1.5, "stroke-dasharray": "5 4" }),
    label(at + (anchor === "start" ? 7 : -7), top + 12, `mean ${shownCosine(mean)}`, {
      anchor,
      fill: colour,
    }),
  ];
}

function least(values: Float32Array): number {
  return values.reduce((a, b) => Math.min(a, b), Infinity);
}

function most(values: Float32Array): number {
  return values.reduce((a, b) => Math.max(a, b), -Infinity);
}
