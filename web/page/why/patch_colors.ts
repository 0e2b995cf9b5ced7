import type { ExplanationResponse } from "../../api/schemas.ts";

/** Degrees between hues that follow each other: no two of many come near each other. */
const GOLDEN_ANGLE = 137.508;

/**
 * Gives every patch the colour of its cluster after a round of PFCM. Clusters that a later round
 * merges have one hue in different shades, so that going through the rounds shows what joins what.
 *
 * @param rounds As explained.
 * @param round From 0.
 * @returns A CSS colour a patch: [F·P].
 */
export function clusterColors(rounds: ExplanationResponse["rounds"], round: number): string[] {
  const last = rounds[rounds.length - 1].cluster;
  return rounds[round].cluster.map((cluster, patch) => {
    const hue = (last[patch] * GOLDEN_ANGLE) % 360;
    const shade = round === rounds.length - 1 ? 0.5 : ((cluster * 7) % 11) / 10;
    return `oklch(${(0.58 + 0.24 * shade).toFixed(3)} 0.17 ${hue.toFixed(1)})`;
  });
}

/** From what matters least to what matters most: see-through to glowing. */
const HEAT = [[20, 12, 40, 0.72], [150, 45, 70, 0.55], [255, 150, 40, 0.55], [255, 240, 170, 0.7]];

/**
 * Gives every value the colour of its heat.
 *
 * @param values Of any range; the least is dark, the most bright.
 * @returns A CSS colour a value.
 */
export function heatColors(values: readonly number[]): string[] {
  const least = Math.min(...values), most = Math.max(...values);
  const range = most - least || 1;
  return values.map((value) => {
    const place = ((value - least) / range) * (HEAT.length - 1);
    const i = Math.min(Math.floor(place), HEAT.length - 2);
    const [red, green, blue, alpha] = HEAT[i].map((from, channel) =>
      from + (HEAT[i + 1][channel] - from) * (place - i)
    );
    return `rgb(${red.toFixed()} ${green.toFixed()} ${blue.toFixed()} / ${alpha.toFixed(2)})`;
  });
}
