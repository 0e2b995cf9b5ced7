import assert from "node:assert/strict";
import { createTokenizer, endOf, openTokenizer } from "../../../models/clip/tokenizer.ts";
import { openaiDefinition } from "./vocabulary.ts";

interface TokenizerVectors {
  max_words: number;
  items: { text: string; ids: number[]; mask: number[] }[];
}

const { max_words, items }: TokenizerVectors = JSON.parse(
  await Deno.readTextFile(new URL("../../vectors/tokenizer.json", import.meta.url)),
);
const limits = { vocabularySize: 49408, contextLength: max_words, endOfText: null };
const definition = await openaiDefinition();
const tokenizer = createTokenizer(definition, limits);

for (const { text, ids, mask } of items) {
  Deno.test(`the ids of ${JSON.stringify(text)}`, () => {
    const length = mask.lastIndexOf(1) + 1;
    const encoded = tokenizer.encode(text);
    assert.deepEqual(encoded.ids, ids.slice(0, length));
    assert.equal(encoded.pieces.length, length);
    assert.equal(encoded.sentenceAt, length - 1);
  });
}

Deno.test("a text that fills the context exactly is whole, a longer one is said to be cut", () => {
  const fits = tokenizer.encode("the ".repeat(max_words - 2));
  assert.equal(fits.ids.length, max_words);
  assert.equal(fits.truncated, false);
  const cut = tokenizer.encode("the ".repeat(max_words - 1));
  assert.deepEqual(cut.ids, fits.ids);
  assert.deepEqual(cut.pieces, fits.pieces);
  assert.equal(cut.truncated, true);
});

Deno.test("entities of a page, escaped twice, are what they stand for", () => {
  assert.deepEqual(
    tokenizer.encode("&amp;eacute;t&#233; &amp;lt;3").ids,
    tokenizer.encode("été <3").ids,
  );
});

Deno.test("quotes that a keyboard curls are straight", () => {
  assert.deepEqual(
    tokenizer.encode("the dog’s “ball”").ids,
    tokenizer.encode('the dog\'s "ball"').ids,
  );
});

Deno.test("pieces read as text, bytes of a letter cut in two as a mark", () => {
  const { pieces } = tokenizer.encode("Café 😀 語");
  assert.deepEqual(pieces.slice(0, 3), ["<|startoftext|>", "café", "😀"]);
  assert(pieces.slice(3, -1).every((piece) => piece === "語" || piece === "\ufffd"));
});

Deno.test("the end of a text is the first with its id, or the first highest", () => {
  assert.equal(endOf([598, 600, 599, 599, 0], 599), 2);
  assert.equal(endOf([598, 2, 599, 599, 0], null), 2);
});

async function inFolder(files: Record<string, string>, test: (dir: string) => Promise<void>) {
  const dir = await Deno.makeTempDir();
  try {
    for (const [name, text] of Object.entries(files)) {
      await Deno.writeTextFile(`${dir}/${name}`, text);
    }
    await test(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

Deno.test("a folder with only vocab.json and merges.txt tokenises the same", () => {
  const { model } = definition as { model: { vocab: Record<string, number>; merges: string[] } };
  const files = {
    "vocab.json": JSON.stringify(model.vocab),
    "merges.txt": ["#version: 0.2", ...model.merges, ""].join("\n"),
  };
  return inFolder(files, async (dir) => {
    const old = await openTokenizer(dir, limits);
    for (const { text } of items) assert.deepEqual(old.encode(text), tokenizer.encode(text));
  });
});

const faults: [files: Record<string, string>, message: string][] = [
  [{}, "it has neither a tokenizer.json nor a vocab.json with a merges.txt"],
  [{ "tokenizer.json": "{" }, "its tokenizer.json is not JSON"],
  [
    { "tokenizer.json": JSON.stringify(definition) },
    'its token "<|endoftext|>" is 49407 but the model has 49407 ids',
  ],
];
for (const [files, message] of faults) {
  Deno.test(`refused: ${message}`, () =>
    inFolder(files, async (dir) => {
      await assert.rejects(
        openTokenizer(dir, { ...limits, vocabularySize: 49407 }),
        new Error(`Cannot open the tokeniser of "${dir}": ${message}`),
      );
    }));
}
