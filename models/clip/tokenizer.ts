/**
 * CLIP's tokeniser: text in, the ids of byte-pair tokens out.
 *
 * @module
 */
import { Tokenizer } from "@huggingface/tokenizers";
import { decodeHTML } from "entities";
import type { TextConfig } from "./config.ts";

/** A text as the text tower reads it. */
export interface EncodedText {
  /** W token ids; the first begins the text, the last ends it. */
  readonly ids: readonly number[];
  /** What each token stands for, as a reader would write it. */
  readonly pieces: readonly string[];
  /** Which token carries the meaning of the whole. */
  readonly sentenceAt: number;
  /** Whether the text was longer than the context and lost its end. */
  readonly truncated: boolean;
}

/** Turns texts into tokens. */
export interface ClipTokenizer {
  /** Tokenises a text, cut to the model's context. */
  encode(text: string): EncodedText;
}

/** What a model's limits are; {@linkcode TextConfig} has them. */
export type TokenLimits = Pick<TextConfig, "vocabularySize" | "contextLength" | "endOfText">;

/**
 * Opens the tokeniser of a model: its `tokenizer.json`, else its `vocab.json` and `merges.txt`.
 *
 * @param dir The model's folder.
 * @throws {Error} If the folder has neither, they cannot be understood, or they name ids that the
 * model has not.
 */
export async function openTokenizer(dir: string, limits: TokenLimits): Promise<ClipTokenizer> {
  try {
    const definition = await readDefinition(dir);
    return createTokenizer(definition, limits);
  } catch (error) {
    throw new Error(`Cannot open the tokeniser of "${dir}": ${(error as Error).message}`);
  }
}

/**
 * Looks whether a folder's tokeniser is one and whole, by its two ends and what must lie between:
 * parsing the vocabulary takes every query 50 ms.
 *
 * @throws {Error} If it cannot be read, or is something else.
 */
export async function checkTokenizer(dir: string): Promise<void> {
  const problem = (why: string) => new Error(`Cannot open the tokeniser of "${dir}": ${why}`);
  for (const [name, content] of [["tokenizer.json", '"vocab"'], ["vocab.json", `"${END}"`]]) {
    let text: string;
    try {
      text = (await Deno.readTextFile(`${dir}/${name}`)).trim();
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) continue;
      throw problem((error as Error).message);
    }
    if (text.startsWith("{") && text.endsWith("}") && text.includes(content)) return;
    throw problem(`its ${name} is damaged or of something else`);
  }
  throw problem("it has neither a tokenizer.json nor a vocab.json");
}

async function readDefinition(dir: string): Promise<object> {
  const read = async (name: string) => {
    try {
      return await Deno.readTextFile(`${dir}/${name}`);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return null;
      throw error;
    }
  };
  const parse = (name: string, text: string) => {
    try {
      return JSON.parse(text);
    } catch {
      throw new SyntaxError(`its ${name} is not JSON`);
    }
  };
  const whole = await read("tokenizer.json");
  if (whole !== null) return parse("tokenizer.json", whole);
  const [vocabulary, merges] = [await read("vocab.json"), await read("merges.txt")];
  if (vocabulary === null || merges === null) {
    throw new Error("it has neither a tokenizer.json nor a vocab.json with a merges.txt");
  }
  return clipDefinition(
    parse("vocab.json", vocabulary),
    merges.split("\n").filter((line) => line !== "" && !line.startsWith("#")),
  );
}

const WORD = /'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+/gu;
const START = "<|startoftext|>";
const END = "<|endoftext|>";

/**
 * The `tokenizer.json` of CLIP over a vocabulary.
 *
 * @param vocabulary The id of every token, `<|startoftext|>` and `<|endoftext|>` among them.
 * @param merges Pairs of tokens to be joined, `"i n"`, the most urgent first.
 */
export function clipDefinition(
  vocabulary: Readonly<Record<string, number>>,
  merges: readonly string[],
): object {
  const special = (content: string) => ({
    id: vocabulary[content],
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true,
  });
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: [special(START), special(END)],
    normalizer: {
      type: "Sequence",
      normalizers: [
        { type: "NFC" },
        { type: "Replace", pattern: { Regex: "\\s+" }, content: " " },
        { type: "Lowercase" },
      ],
    },
    pre_tokenizer: {
      type: "Sequence",
      pretokenizers: [
        {
          type: "Split",
          pattern: {
            Regex: WORD.source,
          },
          behavior: "Removed",
          invert: true,
        },
        { type: "ByteLevel", add_prefix_space: false, trim_offsets: true },
      ],
    },
    post_processor: {
      type: "RobertaProcessing",
      sep: [END, vocabulary[END]],
      cls: [START, vocabulary[START]],
      trim_offsets: false,
      add_prefix_space: false,
    },
    decoder: { type: "ByteLevel", add_prefix_space: true, trim_offsets: true },
    model: {
      type: "BPE",
      dropout: null,
      unk_token: END,
      continuing_subword_prefix: "",
      end_of_word_suffix: "</w>",
      fuse_unk: false,
      vocab: vocabulary,
      merges,
    },
  };
}

/**
 * Makes a tokeniser from a parsed `tokenizer.json`.
 *
 * @throws {Error} If the definition cannot be understood or names ids that the model has not.
 */
export function createTokenizer(definition: object, limits: TokenLimits): ClipTokenizer {
  const { vocabularySize, contextLength, endOfText } = limits;
  const tokenizer = new Tokenizer(definition, {});
  const bounds = tokenizer.encode("");
  if (bounds.ids.length !== 2) {
    throw new Error("it does not put a begin and an end around a text");
  }
  // These two have the highest ids; looking at all would take as long as the search itself.
  bounds.ids.forEach((id, i) => {
    if (id >= vocabularySize) {
      const token = bounds.tokens[i];
      throw new RangeError(`its token "${token}" is ${id} but the model has ${vocabularySize} ids`);
    }
  });
  return {
    encode(text) {
      const { ids, tokens } = tokenizer.encode(clean(text));
      const truncated = ids.length > contextLength;
      if (truncated) {
        // What is cut goes from before the end, which the meaning is read from.
        ids.splice(contextLength - 1, ids.length - contextLength);
        tokens.splice(contextLength - 1, tokens.length - contextLength);
      }
      return { ids, pieces: tokens.map(readable), sentenceAt: endOf(ids, endOfText), truncated };
    },
  };
}

/** CLIP's own cleaning, before the part that `tokenizer.json` describes. */
function clean(text: string): string {
  // Captions from the web were escaped once or twice; so are texts pasted from there.
  return decodeHTML(decodeHTML(text))
    .replaceAll(/[\u02bc\u2018-\u201b]/g, "'")
    .replaceAll(/[\u201c-\u201f]/g, '"')
    .trim();
}

/**
 * Which token of a text is its end: the first with the id of the config, or the first highest
 * where the config is of the time before that field was right.
 *
 * @example
 * ```ts
 * import { endOf } from "./tokenizer.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(endOf([9, 2, 11, 0], null), 2);
 * assert.equal(endOf([9, 10, 11, 0], 10), 1);
 * ```
 */
export function endOf(ids: readonly number[], endOfText: number | null): number {
  return ids.indexOf(endOfText ?? ids.reduce((a, b) => Math.max(a, b)));
}

/**
 * The words of a text as byte-pair merging begins with them: cleaned, in lower case, split at
 * CLIP's pattern, each byte as its printable character.
 */
export function wordsOf(text: string): string[] {
  const characters = new Map([...BYTES].map(([character, byte]) => [byte, character]));
  const words = clean(text).normalize("NFC").toLowerCase().match(WORD) ?? [];
  return words.map((word) =>
    Array.from(new TextEncoder().encode(word), (byte) => characters.get(byte)!).join("")
  );
}

const BYTES = byteAlphabet();

/** A token as text: bytes decoded, the mark of a word's end dropped. */
function readable(token: string): string {
  if (token === START || token === END) return token;
  const bytes = [...token.replace(/<\/w>$/, "")].map((char) => BYTES.get(char));
  return new TextDecoder().decode(Uint8Array.from(bytes, (byte) => byte ?? 0x3f));
}

/** The printable characters that byte-level vocabularies write each byte with. */
export function byteAlphabet(): Map<string, number> {
  const printable = (byte: number) =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
  const alphabet = new Map<string, number>();
  let next = 256;
  for (let byte = 0; byte < 256; byte++) {
    alphabet.set(String.fromCodePoint(printable(byte) ? byte : next++), byte);
  }
  return alphabet;
}
