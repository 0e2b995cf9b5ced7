/** The colours that things are painted in. */
export const COLOUR_NAMES = [
  "red",
  "orange",
  "yellow",
  "green",
  "blue",
  "purple",
  "pink",
  "black",
] as const;

/** A colour's name. */
export type Colour = typeof COLOUR_NAMES[number];

/** The colours as RGB. */
export const COLOURS: Readonly<Record<Colour, readonly [number, number, number]>> = {
  red: [225, 30, 38],
  orange: [250, 135, 20],
  yellow: [250, 220, 35],
  green: [40, 165, 55],
  blue: [35, 90, 225],
  purple: [135, 50, 185],
  pink: [255, 125, 185],
  black: [48, 48, 54],
};
