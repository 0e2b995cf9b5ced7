/**
 * The frame of a chart: grid, ticks and the names of the axes.
 *
 * @module
 */
import { element } from "../../figures/svg.ts";
import { label } from "../../figures/text.ts";

/** Where the data of a chart are drawn, in pixels. */
export interface PlotArea {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** One direction of a chart. */
export interface Axis {
  /** What is shown, with its unit. */
  readonly label: string;
  /** The value at the left or at the bottom. */
  readonly min: number;
  /** The value at the right or at the top; above `min`. */
  readonly max: number;
  /** Where there are ticks, all from `min` to `max`. */
  readonly ticks: readonly number[];
  /** How a tick is written. Defaults to as few decimals as tell the ticks apart. */
  readonly show?: (tick: number) => string;
}

const GRID = "#e4e7ec";
const RULE = "#8a919c";

/**
 * Round values that cover a range evenly: multiples of 1, 2 or 5 times a power of ten.
 *
 * @param min The smallest value.
 * @param max The largest value; at least `min`.
 * @param count About how many steps; a positive integer.
 * @returns Ascending; the first is at most `min`, the last at least `max`.
 *
 * @example
 * ```ts
 * import { roundTicks } from "./axes.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(roundTicks(0, 87, 5), [0, 20, 40, 60, 80, 100]);
 * assert.deepEqual(roundTicks(-0.12, 0.31, 4), [-0.2, 0, 0.2, 0.4]);
 * ```
 */
export function roundTicks(min: number, max: number, count = 5): number[] {
  const range = max > min ? max - min : Math.abs(min) || 1;
  const power = 10 ** Math.floor(Math.log10(range / count));
  const step = [1, 2, 5, 10].map((factor) => factor * power)
    .find((it) => range / it <= count + 1e-9)!;
  const first = Math.floor(min / step + 1e-9), last = Math.ceil(max / step - 1e-9);
  const decimals = decimalsOf(step);
  return Array.from(
    { length: Math.max(1, last - first) + 1 },
    (_, i) => Number(((first + i) * step).toFixed(decimals)),
  );
}

/** An axis whose ticks are its ends. */
export function roundAxis(label: string, min: number, max: number, count?: number): Axis {
  const ticks = roundTicks(min, max, count);
  return { label, min: ticks[0], max: ticks[ticks.length - 1], ticks };
}

/** Where a value lies along the x-axis, in pixels. */
export function xOf(value: number, { min, max }: Axis, { left, width }: PlotArea): number {
  return left + width * (value - min) / (max - min);
}

/** Where a value lies along the y-axis, in pixels. */
export function yOf(value: number, { min, max }: Axis, { top, height }: PlotArea): number {
  return top + height * (1 - (value - min) / (max - min));
}

/** Draws what stands around the data; ticks of `x` below, those of `y` at the left. */
export function drawAxes(area: PlotArea, x: Axis, y: Axis): string[] {
  const { left, top, width, height } = area;
  const bottom = top + height, right = left + width;
  const line = (x1: number, y1: number, x2: number, y2: number, stroke: string) =>
    element("line", { x1, y1, x2, y2, stroke, "stroke-width": 1 });
  const ticks: string[] = [];
  for (const tick of y.ticks) {
    const at = yOf(tick, y, area);
    ticks.push(line(left, at, right, at, GRID));
    ticks.push(label(left - 8, at + 4, show(tick, y), { anchor: "end", quiet: true }));
  }
  for (const tick of x.ticks) {
    const at = xOf(tick, x, area);
    ticks.push(line(at, bottom, at, bottom + 5, RULE));
    ticks.push(label(at, bottom + 20, show(tick, x), { anchor: "middle", quiet: true }));
  }
  const middle = top + height / 2, side = left - 48;
  return [
    ...ticks,
    line(left, bottom, right, bottom, RULE),
    label(left + width / 2, bottom + 42, x.label, { anchor: "middle" }),
    element(
      "g",
      { transform: `rotate(-90 ${side} ${middle})` },
      label(side, middle, y.label, { anchor: "middle" }),
    ),
  ];
}

function show(tick: number, { ticks, show }: Axis): string {
  if (show) return show(tick);
  const decimals = Math.max(...ticks.map(decimalsOf));
  return tick.toFixed(decimals).replace("-", "−");
}

/** How many decimals a number has, but for rounding errors. */
function decimalsOf(value: number): number {
  const exact = Number(value.toPrecision(12));
  let decimals = 0;
  while (decimals < 20 && Number(exact.toFixed(decimals)) !== exact) decimals++;
  return decimals;
}
