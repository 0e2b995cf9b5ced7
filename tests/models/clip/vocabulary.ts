import { clipDefinition } from "../../../models/clip/tokenizer.ts";

const MERGES = new URL("../../vectors/clip/bpe_simple_vocab_16e6.txt.gz", import.meta.url);

/**
 * The `tokenizer.json` of OpenAI's CLIP, or of a smaller vocabulary made by the same rule from the
 * most urgent merges, for models of few ids.
 *
 * @param size How many ids, the two special ones included; at least 514.
 */
export async function openaiDefinition(size = 49408): Promise<object> {
  const file = await Deno.open(MERGES);
  const lines = (await new Response(file.readable.pipeThrough(new DecompressionStream("gzip")))
    .text()).split("\n");
  // CLIP's order: bytes by their printable character's kind, the same at a word's end, merges.
  const bytes = [...range(0x21, 0x7e), ...range(0xa1, 0xac), ...range(0xae, 0xff)];
  const alphabet = [...bytes, ...range(256, 256 + 255 - bytes.length)].map((code) =>
    String.fromCodePoint(code)
  );
  const merges = lines.slice(1, 1 + size - 2 * alphabet.length - 2);
  const tokens = [
    ...alphabet,
    ...alphabet.map((char) => `${char}</w>`),
    ...merges.map((pair) => pair.replace(" ", "")),
    "<|startoftext|>",
    "<|endoftext|>",
  ];
  return clipDefinition(Object.fromEntries(tokens.map((token, id) => [token, id])), merges);
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}
