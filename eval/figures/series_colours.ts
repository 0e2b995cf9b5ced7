import { oklch } from "../../figures/colours.ts";

/** Hues that are told apart side by side, those of common colour blindness included. */
const HUES = [262, 45, 155, 330, 95, 210];

/**
 * The colours of so many series, each as dark as the others on a light ground.
 *
 * @param count At most 12; the second six are lighter.
 */
export function seriesColours(count: number): string[] {
  return Array.from(
    { length: count },
    (_, i) => oklch(i < HUES.length ? 0.52 : 0.72, 0.16, HUES[i % HUES.length]),
  );
}
