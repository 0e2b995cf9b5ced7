/** Resize and crop of one frame to 224 pixels on one core, by the size of the film. */
import { openPreprocessor } from "../../models/clip/preprocess.ts";

const preprocessor = openPreprocessor(224);
for (const [width, height] of [[320, 240], [640, 360], [1280, 720], [1920, 1080]]) {
  const rgb = Uint8Array.from(
    { length: width * height * 3 },
    (_, i) => Math.imul(i, 2654435761) >>> 24,
  );
  Deno.bench(`${width} × ${height} to 224 × 224`, () => {
    preprocessor.crop({ width, height, rgb });
  });
}
