/**
 * Learns a byte-level byte-pair vocabulary in the layout of CLIP's.
 *
 * @module
 */
import { byteAlphabet, clipDefinition, wordsOf } from "../models/clip/tokenizer.ts";

/** A `tokenizer.json`, and how many ids it has. */
export interface Vocabulary {
  readonly definition: object;
  readonly size: number;
}

/**
 * Joins the most frequent pair of neighbouring tokens, again and again. Ties go to the pair that
 * comes first in the order of its text, so that a corpus has one vocabulary.
 *
 * @param corpus Texts.
 * @param size The most ids that the vocabulary may have; at least 514, all bytes alone, at the end
 * of a word, and the two that surround a text. It has fewer where every word has become one token.
 * @throws {RangeError} If `size` is smaller.
 *
 * @example
 * ```ts
 * import { learnVocabulary } from "./vocabulary.ts";
 * import assert from "node:assert/strict";
 *
 * const { size } = learnVocabulary(["a cat and a cat"], 600);
 * assert.equal(size, 514 + 4); // "ca", "cat", "an", "and"
 * ```
 */
export function learnVocabulary(corpus: Iterable<string>, size: number): Vocabulary {
  const alphabet = [...byteAlphabet().keys()];
  const least = 2 * alphabet.length + 2;
  if (!(size >= least)) throw new RangeError(`Expected size to be at least ${least}: ${size}`);

  const words = countWords(corpus);
  const merges: [string, string][] = [];
  while (least + merges.length < size) {
    const pair = mostFrequentPair(words);
    if (!pair) break;
    merges.push(pair);
    for (const word of words) word.tokens = join(word.tokens, pair);
  }

  const tokens = [
    ...alphabet,
    ...alphabet.map((byte) => `${byte}</w>`),
    ...merges.map((pair) => pair.join("")),
    "<|startoftext|>",
    "<|endoftext|>",
  ];
  const ids = Object.fromEntries(tokens.map((token, id) => [token, id]));
  return {
    definition: clipDefinition(ids, merges.map((pair) => pair.join(" "))),
    size: tokens.length,
  };
}

interface CountedWord {
  tokens: readonly string[];
  readonly count: number;
}

function countWords(corpus: Iterable<string>): CountedWord[] {
  const counts = new Map<string, number>();
  for (const text of corpus) {
    for (const word of wordsOf(text)) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return [...counts].map(([word, count]) => {
    const letters = [...word];
    return { tokens: [...letters.slice(0, -1), `${letters.at(-1)}</w>`], count };
  });
}

function mostFrequentPair(words: readonly CountedWord[]): [string, string] | null {
  const counts = new Map<string, number>();
  for (const { tokens, count } of words) {
    for (let i = 1; i < tokens.length; i++) {
      const key = `${tokens[i - 1]} ${tokens[i]}`;
      counts.set(key, (counts.get(key) ?? 0) + count);
    }
  }
  let best: string | null = null;
  for (const [key, count] of counts) {
    const most = best === null ? 0 : counts.get(best)!;
    if (count > most || (count === most && best !== null && key < best)) best = key;
  }
  return best === null ? null : best.split(" ") as [string, string];
}

function join(tokens: readonly string[], [left, right]: [string, string]): readonly string[] {
  if (!tokens.includes(left)) return tokens;
  const joined: string[] = [];
  for (let i = 0; i < tokens.length; i++) {
    if (tokens[i] === left && tokens[i + 1] === right) joined.push(left + tokens[++i]);
    else joined.push(tokens[i]);
  }
  return joined;
}
