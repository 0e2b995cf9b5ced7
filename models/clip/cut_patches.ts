/**
 * Pictures as the trainable vision tower takes them.
 *
 * @module
 */
import type { VisionConfig } from "./config.ts";
import { CHANNEL_DEVIATION, CHANNEL_MEAN } from "./statistics.ts";

/**
 * Cuts square pictures into normalised patches.
 *
 * @param pixels 8-bit RGB, [F, S, S, 3].
 * @param out Receives [F·P, 3·patchSize²]: patches as rows, channel by channel.
 */
export function cutPatches(
  pixels: Uint8Array,
  { imageSize, patchSize }: Pick<VisionConfig, "imageSize" | "patchSize">,
  out: Float32Array,
): void {
  const side = Math.floor(imageSize / patchSize);
  const scales = CHANNEL_DEVIATION.map((deviation) => 1 / (255 * deviation));
  let at = 0;
  for (let picture = 0; picture < pixels.length; picture += 3 * imageSize ** 2) {
    for (let row = 0; row < side; row++) {
      for (let column = 0; column < side; column++) {
        for (let channel = 0; channel < 3; channel++) {
          const mean = 255 * CHANNEL_MEAN[channel];
          for (let y = row * patchSize; y < (row + 1) * patchSize; y++) {
            let from = picture + 3 * (y * imageSize + column * patchSize) + channel;
            for (let x = 0; x < patchSize; x++, from += 3) {
              out[at++] = (pixels[from] - mean) * scales[channel];
            }
          }
        }
      }
    }
  }
}
