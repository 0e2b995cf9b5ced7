import assert from "node:assert/strict";
import { join } from "node:path";
import { openTokenizer } from "../../models/clip/tokenizer.ts";
import { EMBEDDED_MODEL, embeddedFolder, limitsOf } from "../../models/embedded.ts";
import { loadHeads } from "../../models/hvd/heads.ts";
import { resolveDefaultModel, resolveModel } from "../../models/registry.ts";
import { THINGS } from "../../world/things.ts";

const MOST_BYTES = 6e6;

Deno.test("the embedded model is small, whole, and has trained heads", async () => {
  const { dir, config, revision } = await resolveModel(EMBEDDED_MODEL);
  assert.equal(dir, embeddedFolder());
  assert.equal(revision, null);
  let bytes = 0;
  for await (const { name } of Deno.readDir(dir)) bytes += (await Deno.stat(join(dir, name))).size;
  assert(bytes <= MOST_BYTES, `${bytes} bytes`);
  const heads = await loadHeads(dir, config.dim);
  assert(heads.trained);
  assert.match(await Deno.readTextFile(join(dir, "README.md")), /deno task mini/);
});

Deno.test("its vocabulary has a token for every word that the world's things go by", async () => {
  const { dir, config } = await resolveModel(EMBEDDED_MODEL);
  const tokenizer = await openTokenizer(dir, config.text);
  for (const { name, synonyms } of THINGS) {
    for (const text of [name, ...synonyms.map((synonym) => synonym.name)]) {
      const { ids } = tokenizer.encode(text);
      const words = text.split(/[\s-]+/).length;
      assert(ids.length - 2 <= 2 * words, `${text}: ${ids.length - 2} tokens`);
    }
  }
});

Deno.test("without a network and a cached CLIP the default is the embedded model", async () => {
  const told: string[] = [];
  const cacheDir = await Deno.makeTempDir({ prefix: "fovea-test-" });
  const model = await resolveDefaultModel({ offline: true, cacheDir }, (why) => told.push(why));
  assert.equal(model.name, EMBEDDED_MODEL);
  assert.equal(told.length, 1);
  assert.match(told[0], /Cannot get the model "clip-vit-b-32" from .*--model DIR/);
  assert.match(limitsOf(model.name)!, /not real footage/);
  assert.equal(limitsOf("clip-vit-b-32"), null);
});
