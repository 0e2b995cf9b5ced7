import { ACCENT } from "../../figures/colours.ts";
import { type Figure, figure, MARGIN } from "../../figures/figure.ts";
import { element } from "../../figures/svg.ts";
import { clipText, label, textWidth } from "../../figures/text.ts";
import { drawAxes, type PlotArea, roundAxis, xOf } from "./axes.ts";
import { drawTitle, type Titled } from "./title.ts";

/** A row of a table. */
export interface Bar {
  readonly name: string;
  readonly value: number;
  /** Drawn as a whisker and written behind the value; none where it is left out. */
  readonly deviation?: number;
  /** The row that the others are compared with, or that is proposed. */
  readonly highlighted?: boolean;
}

/** What a bar chart shows. */
export interface BarChart extends Titled {
  /** What the bars measure, with its unit. */
  readonly label: string;
  /** From top to bottom. No value below 0. */
  readonly bars: readonly Bar[];
  /** Decimals of the values. Defaults to 1. */
  readonly decimals?: number;
}

const WIDTH = 760;
const ROW = 34;
const BAR = 20;
/** For the values behind the bars. */
const VALUES = 96;

/**
 * Draws the rows of a table as bars that begin at 0: an ablation.
 *
 * @throws {RangeError} If there is no bar, or one is below 0.
 */
export function barChart(chart: BarChart): Figure {
  const { bars, decimals = 1, title } = chart;
  if (bars.length === 0) throw new RangeError("Cannot draw bars: there is none");
  const below = bars.find(({ value }) => !(value >= 0));
  if (below) {
    throw new RangeError(`Cannot draw the bar "${below.name}": it is ${below.value}, below 0`);
  }
  const head = drawTitle(chart, WIDTH);
  const names = Math.min(300, Math.max(...bars.map(({ name }) => textWidth(name, 13))) + 16);
  const area: PlotArea = {
    left: MARGIN + names,
    top: head.bottom,
    width: WIDTH - 2 * MARGIN - names - VALUES,
    height: ROW * bars.length,
  };
  const highest = Math.max(...bars.map(({ value, deviation = 0 }) => value + deviation));
  const x = roundAxis(chart.label, 0, highest);
  const y = { label: "", min: 0, max: bars.length, ticks: [] };
  const anyHighlighted = bars.some(({ highlighted }) => highlighted);
  const rows = bars.flatMap(({ name, value, deviation, highlighted }, i) => {
    const middle = area.top + ROW * (i + 0.5);
    const end = xOf(value, x, area);
    const fill = highlighted || !anyHighlighted ? ACCENT : "#a9b4c6";
    const parts = [
      label(area.left - 12, middle + 4, clipText(name, names - 16, 13), {
        anchor: "end",
        bold: highlighted,
      }),
      element("rect", {
        ...{ x: area.left, y: middle - BAR / 2, width: Math.max(0.5, end - area.left) },
        ...{ height: BAR, rx: 3, fill },
      }),
    ];
    const known = deviation !== undefined;
    const tip = known ? xOf(value + deviation, x, area) : end;
    if (known) {
      const from = xOf(Math.max(0, value - deviation), x, area);
      const whisker = `M${from} ${middle}H${tip}M${from} ${middle - 5}v10M${tip} ${middle - 5}v10`;
      parts.push(element("path", { d: whisker, fill: "none", stroke: "#16181d" }));
    }
    const text = value.toFixed(decimals) + (known ? ` ± ${deviation.toFixed(decimals)}` : "");
    parts.push(label(tip + 10, middle + 4, text, { bold: highlighted }));
    return parts;
  });
  return figure(WIDTH, area.top + area.height + 56 + MARGIN / 2, title, [
    ...head.parts,
    ...drawAxes(area, x, y),
    ...rows,
  ]);
}
