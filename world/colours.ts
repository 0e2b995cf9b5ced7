/** The colours that things are painted in, by name, as RGB. */
export const COLOURS: Readonly<Record<string, readonly [number, number, number]>> = {
  red: [225, 30, 38],
  orange: [250, 135, 20],
  yellow: [250, 220, 35],
  green: [40, 165, 55],
  blue: [35, 90, 225],
  purple: [135, 50, 185],
  pink: [255, 125, 185],
  black: [48, 48, 54],
};

/** Their names. */
export const COLOUR_NAMES: readonly string[] = Object.keys(COLOURS);
