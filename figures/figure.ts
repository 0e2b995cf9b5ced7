/**
 * A picture as SVG, and the parts that all of them have.
 *
 * @module
 */
import { element, escapeXml, short } from "./svg.ts";
import { label, wrap } from "./text.ts";

/** A picture. */
export interface Figure {
  readonly svg: string;
  /** In pixels. */
  readonly width: number;
  /** In pixels. */
  readonly height: number;
}

/** Pixels of ground around everything. */
export const MARGIN = 40;

/** The fonts: whatever the viewer has for its own interface. PNG is drawn with Inter. */
const FONTS = "Inter, system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif";

/** Puts the parts of a picture on a light ground. */
export function figure(width: number, height: number, title: string, parts: string[]): Figure {
  const svg = element(
    "svg",
    {
      xmlns: "http://www.w3.org/2000/svg",
      width,
      height,
      viewBox: `0 0 ${short(width)} ${short(height)}`,
      "font-family": FONTS,
      role: "img",
      "aria-label": title,
    },
    element("title", {}, escapeXml(title)),
    element("rect", { class: "paper", width, height, fill: "#fff" }),
    ...parts,
  );
  return { svg, width, height };
}

/** A similarity as it is shown. */
export function shownCosine(value: number): string {
  return value.toFixed(3).replace("-", "−");
}

/** Lines of quiet text. */
export function remark(text: string, x: number, y: number, width: number): {
  parts: string[];
  bottom: number;
} {
  const lines = wrap(text, width, 13, 6);
  return {
    parts: lines.map((line, i) => label(x, y + 18 * (i + 1), line, { quiet: true })),
    bottom: y + 18 * lines.length,
  };
}
