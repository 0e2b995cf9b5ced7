import assert from "node:assert/strict";
import { clipConfig } from "../../mini/configuration.ts";
import { lesson, LESSON_SHAPE, towerBatch } from "../../mini/lessons.ts";
import { worldVocabulary } from "../../mini/train_towers.ts";
import { createTokenizer } from "../../models/clip/tokenizer.ts";
import { ATTRIBUTES, PHRASE_COUNT, phrases } from "../../world/phrases.ts";
import { Random } from "../../world/random.ts";

const { definition, size } = worldVocabulary("lessons");
const config = clipConfig(size);
const tokenizer = createTokenizer(definition, config.text);
const request = {
  seed: "a lesson",
  split: "train",
  count: 32,
} as const;
const pictures = lesson(request, config.vision.imageSize);
const batch = towerBatch(pictures, config, tokenizer, new Random("wording"));
const { regions: R, phraseWords: L } = LESSON_SHAPE;

Deno.test("a region's shares of the patches are a whole, and lie where its things are", () => {
  const { patches } = config.vision;
  const side = Math.sqrt(patches);
  pictures.forEach(({ regions }, i) => {
    regions.forEach(({ boxes }, r) => {
      const shares = batch.regions.subarray((i * R + r) * patches, (i * R + r + 1) * patches);
      assert(Math.abs(shares.reduce((a, b) => a + b) - 1) < 1e-5);
      shares.forEach((share, patch) => {
        const [x, y] = [patch % side / side, Math.floor(patch / side) / side];
        const touched = boxes.some(([left, top, right, bottom]) =>
          left < x + 1 / side && right > x && top < y + 1 / side && bottom > y
        );
        assert.equal(share > 0, touched);
      });
    });
  });
});

Deno.test("a thing's region is labelled with its name, the ground's with the place", () => {
  const names = ATTRIBUTES.map(({ name }) => name);
  const firstOf = (name: string) =>
    ATTRIBUTES.slice(0, names.indexOf(name)).reduce((sum, { values }) => sum + values, 0);
  const labels = (i: number, r: number) =>
    batch.labels.subarray((i * R + r) * PHRASE_COUNT, (i * R + r + 1) * PHRASE_COUNT);
  pictures.forEach(({ regions, attributes }, i) => {
    regions.forEach(({ facts }, r) => {
      const thing = firstOf("thing") + ATTRIBUTES[names.indexOf("thing")].valueIn(facts);
      assert.equal(labels(i, r)[thing], 1);
      assert.equal(labels(i, r).reduce((a, b) => a + b), facts.colour ? 4 : 3);
    });
    const place = firstOf("place") + ATTRIBUTES[names.indexOf("place")].valueIn(attributes);
    assert.equal(labels(i, regions.length)[place], 1);
  });
});

Deno.test("every phrase fits its tokens, in every wording", () => {
  const random = new Random("wordings");
  for (let i = 0; i < 50; i++) {
    for (const text of phrases(random)) assert(tokenizer.encode(text).ids.length <= L, text);
  }
});

Deno.test("a phrase's tokens are marked without those that surround it", () => {
  for (let k = 0; k < PHRASE_COUNT; k++) {
    const last = batch.phraseAt.indexOf(1, k * L) - k * L;
    assert(last >= 2 && last < L);
    assert.equal(batch.phraseIds[k * L + last], size - 1);
    const words = batch.phraseWords.subarray(k * L, (k + 1) * L);
    assert(Math.abs(words.reduce((a, b) => a + b) - 1) < 1e-5);
    assert.equal(words[0], 0);
    assert.equal(words[last], 0);
  }
});
