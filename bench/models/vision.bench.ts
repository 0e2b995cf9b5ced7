/**
 * The vision tower of a full-size ViT-B/32 on every core: 12 pictures an iteration, and how far
 * its eight-bit form is from float32 at worst.
 */
import { openVisionTower } from "../../models/clip/vision.ts";
import type { FrameTokens } from "../../models/clip/tokens.ts";
import { resolveModel } from "../../models/registry.ts";
import { ensureRandomVitB32, RANDOM_VIT_B32 } from "./random_vit_b32.ts";
import { scenes } from "./scenes.ts";

await ensureRandomVitB32();
const model = await resolveModel(RANDOM_VIT_B32);
const pixels = scenes(12, model.config.vision.imageSize);

const encoded: FrameTokens[] = [];
for (const precision of ["f32", "int8"] as const) {
  const tower = await openVisionTower(model, { precision });
  encoded.push(await tower.encode(pixels));
  Deno.bench({
    name: `ViT-B/32 ${precision}, 12 pictures`,
    group: "vision",
    baseline: precision === "f32",
    n: 10,
    warmup: 2,
    async fn() {
      await tower.encode(pixels);
    },
  });
}

const [f32, int8] = encoded;
console.log(
  `int8 against f32, smallest cosine of a token: frames ${worstCosine(int8.frames, f32.frames)}, ` +
    `patches ${worstCosine(int8.patches, f32.patches)}`,
);

function worstCosine(a: Float32Array, b: Float32Array): string {
  let worst = 1;
  for (let i = 0; i < a.length; i += f32.dim) {
    let product = 0, squareA = 0, squareB = 0;
    for (let d = i; d < i + f32.dim; d++) {
      product += a[d] * b[d];
      squareA += a[d] ** 2;
      squareB += b[d] ** 2;
    }
    worst = Math.min(worst, product / Math.sqrt(squareA * squareB));
  }
  return worst.toFixed(5);
}
