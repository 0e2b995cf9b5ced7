import { type Figure, figure, MARGIN } from "../../figures/figure.ts";
import { element, short } from "../../figures/svg.ts";
import { type Axis, drawAxes, type PlotArea, roundAxis, xOf, yOf } from "./axes.ts";
import { drawLegend } from "./legend.ts";
import { seriesColours } from "./series_colours.ts";
import { drawTitle, type Titled } from "./title.ts";

/** A point of a line. */
export interface LinePoint {
  readonly x: number;
  readonly y: number;
  /** The deviation of y, drawn as a band above and below; none where it is left out. */
  readonly deviation?: number;
}

/** A line. */
export interface LineSeries {
  readonly name: string;
  /** Ascending in x; at least one. */
  readonly points: readonly LinePoint[];
}

/** What a line chart shows. */
export interface LineChart extends Titled {
  readonly xLabel: string;
  readonly yLabel: string;
  readonly series: readonly LineSeries[];
  /** Ticks of the x-axis where round numbers would be wrong, as for a count of rounds. */
  readonly xTicks?: readonly number[];
  /** Marks every point: for few of them. */
  readonly marked?: boolean;
}

const WIDTH = 760;
const HEIGHT = 340;

/**
 * Draws how values change: recall over rounds of PFCM (figure 5), a loss over steps.
 *
 * @throws {RangeError} If there is nothing to draw.
 */
export function lineChart(chart: LineChart): Figure {
  const { series, xTicks, marked, xLabel, yLabel, title } = chart;
  const points = series.flatMap((line) => line.points);
  if (points.length === 0) throw new RangeError("Cannot draw lines: there is no point");
  const colours = seriesColours(series.length);
  const head = drawTitle(chart, WIDTH);
  const legend = series.length > 1
    ? drawLegend(
      series.map(({ name }, i) => ({ name, colour: colours[i] })),
      MARGIN,
      head.bottom,
      WIDTH - 2 * MARGIN,
    )
    : { parts: [], bottom: head.bottom };
  const area: PlotArea = {
    left: MARGIN + 60,
    top: legend.bottom + 10,
    width: WIDTH - 2 * MARGIN - 60,
    height: HEIGHT,
  };
  const low = Math.min(...points.map(({ y, deviation = 0 }) => y - deviation));
  const high = Math.max(...points.map(({ y, deviation = 0 }) => y + deviation));
  const first = Math.min(...points.map(({ x }) => x)), last = Math.max(...points.map(({ x }) => x));
  const x: Axis = xTicks
    ? { label: xLabel, min: xTicks[0], max: xTicks[xTicks.length - 1], ticks: xTicks }
    : roundAxis(xLabel, first, last);
  const y = roundAxis(yLabel, low, high);
  const lines = series.flatMap((line, i) => drawLine(line, colours[i], area, x, y, marked));
  return figure(WIDTH, area.top + HEIGHT + 56 + MARGIN / 2, title, [
    ...head.parts,
    ...legend.parts,
    ...drawAxes(area, x, y),
    ...lines,
  ]);
}

function drawLine(
  { points }: LineSeries,
  colour: string,
  area: PlotArea,
  x: Axis,
  y: Axis,
  marked = false,
): string[] {
  const place = (at: number, value: number) =>
    `${short(xOf(at, x, area))} ${short(yOf(value, y, area))}`;
  const path = points.map((point) => place(point.x, point.y)).join("L");
  const parts = [element("path", {
    ...{ d: `M${path}`, fill: "none", stroke: colour, "stroke-width": 2.5 },
    ...{ "stroke-linejoin": "round", "stroke-linecap": "round" },
  })];
  if (points.some(({ deviation }) => deviation !== undefined)) {
    const edge = (sign: number) =>
      points.map((point) => place(point.x, point.y + sign * (point.deviation ?? 0)));
    const band = [...edge(1), ...edge(-1).reverse()].join("L");
    parts.unshift(element("path", { d: `M${band}Z`, fill: colour, "fill-opacity": 0.16 }));
  }
  if (marked || points.length === 1) {
    parts.push(...points.map((point) =>
      element("circle", {
        ...{ cx: xOf(point.x, x, area), cy: yOf(point.y, y, area), r: 4.5 },
        ...{ fill: "#fff", stroke: colour, "stroke-width": 2.5 },
      })
    ));
  }
  return parts;
}
