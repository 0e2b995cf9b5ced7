/**
 * The vision tower of a full-size ViT-B/32 on every core: 12 pictures an iteration, and how far
 * its eight-bit form is from float32 at worst.
 */
import { openVisionTower } from "../../models/clip/vision.ts";
import type { FrameTokens } from "../../models/clip/tokens.ts";
import { resolveModel } from "../../models/registry.ts";
import { ensureRandomVitB32, RANDOM_VIT_B32 } from "./random_vit_b32.ts";
import { scenes } from "./scenes.ts";
import { worstCosine } from "../../tests/models/clip/worst_cosine.ts";

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
const worst = (part: "frames" | "patches") =>
  worstCosine(int8[part], f32[part], f32.dim).toFixed(5);
console.log(
  `int8 against f32, smallest cosine of a token: frames ${worst("frames")}, ` +
    `patches ${worst("patches")}`,
);
