/**
 * One query's text through a full-size ViT-B/32: the tokeniser alone, and the tower by length, and
 * how far its eight-bit form is from float32 at worst.
 */
import { openTextTower } from "../../models/clip/text.ts";
import { openTokenizer } from "../../models/clip/tokenizer.ts";
import type { TextTokens } from "../../models/clip/tokens.ts";
import { resolveModel } from "../../models/registry.ts";
import { ensureRandomVitB32, RANDOM_VIT_B32 } from "./random_vit_b32.ts";
import { worstCosine } from "../../tests/models/clip/worst_cosine.ts";

await ensureRandomVitB32();
const model = await resolveModel(RANDOM_VIT_B32);
const words = (count: number) => Array(count - 2).fill("dog").join(" "); // and begin and end
const CAPTION = "a man in a red jacket is running along the beach at sunset";
const TEXTS = [
  CAPTION,
  "a dog",
  "two women talk in a kitchen",
  "someone slices vegetables on a wooden board and puts them into a pan",
  "the crowd cheers as a player in white scores from far outside the box",
  words(77),
];

const encoded: TextTokens[][] = [];
for (const precision of ["f32", "int8"] as const) {
  const tower = await openTextTower(model, { precision });
  const tokens: TextTokens[] = [];
  for (const text of TEXTS) tokens.push(await tower.encode(text));
  encoded.push(tokens);
  for (const count of [10, 32, 77]) {
    Deno.bench({
      name: `${count} tokens, ${precision}`,
      group: `text of ${count} tokens`,
      baseline: precision === "f32",
      n: 20,
      warmup: 3,
      async fn() {
        await tower.encode(words(count));
      },
    });
  }
}

const [f32, int8] = encoded;
const worst = (part: "sentence" | "words") => {
  const cosines = TEXTS.map((_, i) => worstCosine(int8[i][part], f32[i][part], model.config.dim));
  return Math.min(...cosines).toFixed(5);
};
console.log(
  `int8 against f32, smallest cosine of a token: sentences ${worst("sentence")}, ` +
    `words ${worst("words")}`,
);

const tokenizer = await openTokenizer(model.dir, model.config.text);
Deno.bench("tokenise a caption of 12 words", () => {
  tokenizer.encode(CAPTION);
});

Deno.bench({
  name: "open the tokeniser",
  n: 5,
  warmup: 1,
  async fn() {
    await openTokenizer(model.dir, model.config.text);
  },
});

for (const oneShot of [false, true]) {
  Deno.bench({
    name: `open the text tower${oneShot ? " for one query" : ""} and encode 10 tokens`,
    group: "cold start",
    baseline: !oneShot,
    n: 5,
    warmup: 1,
    async fn() {
      const tower = await openTextTower(model, { oneShot });
      await tower.encode(words(10));
      await tower.close();
    },
  });
}
