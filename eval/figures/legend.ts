import { element } from "../../figures/svg.ts";
import { label, textWidth } from "../../figures/text.ts";

/** A name and the colour that stands for it. */
export interface LegendEntry {
  readonly name: string;
  readonly colour: string;
}

const SWATCH = 14;
const LINE = 22;

/** Draws what the colours mean, in as many lines as that takes. */
export function drawLegend(
  entries: readonly LegendEntry[],
  left: number,
  top: number,
  width: number,
): { parts: string[]; bottom: number } {
  let x = left, y = top;
  const parts = entries.flatMap(({ name, colour }) => {
    const size = SWATCH + 8 + textWidth(name, 13) + 20;
    if (x > left && x + size > left + width) {
      x = left;
      y += LINE;
    }
    const at = x;
    x += size;
    return [
      element("rect", { x: at, y, width: SWATCH, height: SWATCH, rx: 3, fill: colour }),
      label(at + SWATCH + 8, y + 12, name),
    ];
  });
  return { parts, bottom: y + LINE };
}
