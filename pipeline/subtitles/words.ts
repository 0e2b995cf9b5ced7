import { stemmer } from "stemmer";

const segmenter = new Intl.Segmenter(undefined, { granularity: "word" });

/**
 * The words of a text in the form in which they are compared: split as Unicode does (languages
 * without spaces too), lower case, without accents, and by Porter's stem, which joins the forms of
 * English words and leaves most others alone.
 *
 * @example
 * ```ts
 * import { wordsOf } from "./words.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(wordsOf("Runs to the Café."), ["run", "to", "the", "cafe"]);
 * assert.deepEqual(wordsOf("犬が走る"), ["犬", "が", "走る"]);
 * ```
 */
export function wordsOf(text: string): string[] {
  const words: string[] = [];
  for (const { segment, isWordLike } of segmenter.segment(text)) {
    if (!isWordLike) continue;
    const plain = segment.toLowerCase().normalize("NFKD").replace(/[\u0300-\u036f]/g, "").normalize(
      "NFC",
    );
    words.push(stemmer(plain));
  }
  return words;
}
