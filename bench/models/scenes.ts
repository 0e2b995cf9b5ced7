import { openPreprocessor } from "../../models/clip/preprocess.ts";

/**
 * Pictures that are smooth and unlike one another, as frames of films are: a few coloured blots
 * each, the same every time.
 *
 * @returns 8-bit RGB, [count, size, size, 3].
 */
export function scenes(count: number, size: number): Uint8Array {
  const preprocessor = openPreprocessor(size);
  const pixels = new Uint8Array(count * size * size * 3);
  let state = 1;
  for (let i = 0; i < count; i++) {
    const blots = 4 + i;
    const rgb = Uint8Array.from({ length: blots * blots * 3 }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) | 0;
      return state >>> 24;
    });
    pixels.set(preprocessor.crop({ width: blots, height: blots, rgb }), i * size * size * 3);
  }
  return pixels;
}
