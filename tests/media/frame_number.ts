/**
 * Frame numbers that a test can read off a decoded picture: a row of {@linkcode BITS} squares, black
 * or white, across its middle.
 *
 * @module
 */

/** Bits of a number: it counts to 1,023. */
export const BITS = 10;

/** Where the row begins, and how wide a square is, in parts of the picture's middle square. */
const LEFT = 0.1;
const SIDE = 0.08;

/** FFmpeg's filters that draw the number of each frame on it. */
export function drawFrameNumber(): string {
  const box = (bit: number, count: number, color: string) =>
    `drawbox=x='(iw-min(iw,ih))/2+min(iw,ih)*${LEFT + SIDE * bit}':y='(ih-min(iw,ih)*${SIDE})/2'` +
    `:w='min(iw,ih)*${SIDE * count}':h='min(iw,ih)*${SIDE}':color=${color}:t=fill`;
  const bits = Array.from(
    { length: BITS },
    (_, bit) => `${box(bit, 1, "white")}:enable='mod(floor(n/${2 ** bit}),2)'`,
  );
  return [box(0, BITS, "black"), ...bits].join(",");
}

/**
 * Reads the number of the frame.
 *
 * @param pixels [side, side, 3] 8-bit RGB: the picture's middle square.
 * @param turned Whether the picture was turned clockwise after it was drawn on.
 */
export function readFrameNumber(pixels: Uint8Array, side: number, turned = false): number {
  let number = 0;
  for (let bit = 0; bit < BITS; bit++) {
    const along = Math.floor((LEFT + SIDE * (bit + 0.5)) * side);
    const across = side >> 1;
    const [x, y] = turned ? [across, along] : [along, across];
    if (pixels[3 * (y * side + x) + 1] > 128) number += 2 ** bit;
  }
  return number;
}
