/**
 * Colours that look evenly apart, made in OKLCH (https://bottosson.github.io/posts/oklab).
 *
 * @module
 */

/**
 * A colour of OKLCH as `#rrggbb`, cut to what screens show.
 *
 * @param lightness From 0 to 1.
 * @param chroma From 0 to about 0.3.
 * @param hue In degrees.
 *
 * @example
 * ```ts
 * import { oklch } from "./colours.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(oklch(1, 0, 0), "#ffffff");
 * ```
 */
export function oklch(lightness: number, chroma: number, hue: number): string {
  const a = chroma * Math.cos(hue * Math.PI / 180);
  const b = chroma * Math.sin(hue * Math.PI / 180);
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const linear = [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
  return `#${linear.map(channel).join("")}`;
}

function channel(linear: number): string {
  const cut = Math.min(1, Math.max(0, linear));
  const encoded = cut <= 0.0031308 ? 12.92 * cut : 1.055 * cut ** (1 / 2.4) - 0.055;
  return Math.round(255 * encoded).toString(16).padStart(2, "0");
}

/**
 * From little to much: dark blue over red to light yellow, lighter all the way.
 *
 * @param share From 0 to 1.
 */
export function heat(share: number): string {
  const s = Math.min(1, Math.max(0, share));
  return oklch(0.28 + 0.64 * s, 0.12 + 0.08 * Math.sin(Math.PI * s), 280 + 180 * s);
}

/** What was kept, what was dropped, and what stands out, on a light ground. */
export const KEPT = "#16834a";
export const DROPPED = "#d12b34";
export const ACCENT = "#2457d6";
