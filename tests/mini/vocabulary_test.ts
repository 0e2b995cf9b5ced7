import assert from "node:assert/strict";
import { learnVocabulary } from "../../mini/vocabulary.ts";
import { createTokenizer } from "../../models/clip/tokenizer.ts";

Deno.test("a learned vocabulary merges frequent pairs first and loses no text", () => {
  const corpus = ["a red fox runs", "a red fox sleeps", "two red foxes", "naïve 🦊 fox"];
  const { definition, size } = learnVocabulary(corpus, 540);
  const tokenizer = createTokenizer(definition, {
    vocabularySize: size,
    contextLength: 32,
    endOfText: size - 1,
  });
  const pieces = (text: string) => tokenizer.encode(text).pieces.slice(1, -1);
  assert.deepEqual(pieces("red fox"), ["red", "fox"]);
  assert.deepEqual(pieces("a fox"), ["a", "fox"]);
  // What was never seen is spelt in bytes, all of them there.
  const bytes = [..."zebra"].join("");
  assert.equal(pieces("zebra").join(""), bytes);
  const { ids } = tokenizer.encode("🦊");
  assert(ids.every((id) => id < size) && ids.length >= 3);
});

Deno.test("a corpus has one vocabulary", () => {
  const corpus = ["some cats", "some dogs", "cats and dogs"];
  assert.deepEqual(learnVocabulary(corpus, 530), learnVocabulary(corpus, 530));
  assert.throws(() => learnVocabulary(corpus, 100), RangeError);
});
