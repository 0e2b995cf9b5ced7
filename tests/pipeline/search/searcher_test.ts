import assert from "node:assert/strict";
import { join } from "node:path";
import { openTextTower } from "../../../models/clip/text.ts";
import { Searcher } from "../../../pipeline/search/searcher.ts";
import { resolveModel } from "../../../models/registry.ts";
import { normals } from "../../kernels/random.ts";
import { writeHeads } from "../../models/hvd/random_heads.ts";
import { sampleClip } from "../../store/sample_clips.ts";
import { emptyIndex, tinyModel } from "./empty_index.ts";

/** Native addons keep threads and files for as long as the process lives. */
const ADDONS_STAY = { sanitizeOps: false, sanitizeResources: false };

Deno.test({
  name: "heads other than the index's are refused by name",
  ...ADDONS_STAY,
  fn: async () => {
    await using made = await emptyIndex(await tinyModel(), {
      name: "old",
      fingerprint: "0".repeat(64),
    });
    await assert.rejects(
      Searcher.open(made.options),
      /^Error: Cannot search: the index was made with the heads "old" and .* "none"; .*--rebuild$/,
    );
    await writeHeads(made.options.model.dir, made.options.model.config.dim, 1);
    await assert.rejects(Searcher.open(made.options), /heads "old" and .* "test"; /);

    await using other = await emptyIndex(await tinyModel(), {
      name: "test",
      fingerprint: "0".repeat(64),
    });
    await writeHeads(other.options.model.dir, other.options.model.config.dim, 1);
    await assert.rejects(Searcher.open(other.options), /heads "test" and .* others of that name; /);
  },
});

Deno.test({
  name: "a tower that does not open fails the search and not its end",
  ...ADDONS_STAY,
  fn: async () => {
    await using made = await emptyIndex(await tinyModel(), null);
    await Deno.writeTextFile(join(made.options.model.dir, "tokenizer.json"), "{");
    await assert.rejects(async () => {
      await using searcher = await Searcher.open(made.options);
      await searcher.search({ texts: ["a dog"] });
    }, /^Error: Cannot open the tokeniser of /);
  },
});

Deno.test({
  name: "hvd's first stage goes by the frames that the text spots, not by all",
  ...ADDONS_STAY,
  fn: async () => {
    await using made = await emptyIndex(await tinyModel(), null);
    const { store, model } = made.options;
    const { dim } = model.config;
    const tower = await openTextTower(model, { precision: "f32", oneShot: false });
    const { sentence } = await tower.encode("a dog");
    await tower.close();
    const frameOf = frameWith(sentence);
    const clip = (video: string, ...cosines: number[]) =>
      sampleClip(video, 0, 1, {
        times: Float64Array.from(cosines.keys()),
        frames: new Float16Array(cosines.flatMap((cosine) => [...frameOf(cosine)])),
        frameWeights: new Float32Array(4).fill(1 / 4),
        framesPooled: frameOf(cosines.reduce((sum, cosine) => sum + cosine, 0) / 4),
        entities: new Float16Array(dim),
        entityWeights: Float32Array.of(1),
        entitiesPooled: new Float32Array(dim),
        patches: null,
      });
    await store.upsert([clip("steady", 0.5, 0.5, 0.5, 0.5), clip("moment", -0.4, 0.9, 0.8, -0.4)]);

    await using searcher = await Searcher.open(made.options);
    const videos = async (mode: "skrr" | "hvd") => {
      const { moments } = await searcher.search({ texts: ["a dog"] }, { mode, candidates: 1 });
      return moments.map(({ path, score, similarities }) => ({ path, score, ...similarities }));
    };
    const [first, second] = await videos("hvd");
    assert.deepEqual([first.path, second.path], ["films/moment.mp4", "films/steady.mp4"]);
    assert.ok(Math.abs(first.sentenceFrame! - 0.85) < 1e-3);
    for (const { score, sentenceFrame } of [first, second]) assert.equal(score, sentenceFrame);
    const [steady] = await videos("skrr");
    assert.equal(steady.path, "films/steady.mp4");
    // A change of the index is seen.
    await store.upsert([clip("moment", -0.4, -0.4, -0.4, -0.4)]);
    assert.equal((await videos("hvd"))[0].path, "films/steady.mp4");
  },
});

/** Makes unit vectors that have a cosine with a given one. */
function frameWith(vector: Float32Array): (cosine: number) => Float32Array {
  const along = unit(vector);
  const across = unit(along.map((_, c) => (c === 0 ? 1 : 0) - along[0] * along[c]));
  return (cosine) => {
    const sine = Math.sqrt(1 - cosine ** 2);
    return along.map((value, c) => cosine * value + sine * across[c]);
  };
}

function unit(vector: Float32Array): Float32Array {
  const norm = Math.hypot(...vector);
  return vector.map((value) => value / norm);
}

Deno.test({
  name: "near-identical clips are left out of all pages, however many there are",
  ...ADDONS_STAY,
  fn: async () => {
    const home = await tinyModel();
    const { dim } = (await resolveModel(home)).config;
    await using made = await emptyIndex(home, null);
    const random = normals(7);
    const vector = (value: number) => new Float32Array(dim).fill(value);
    await made.options.store.upsert(
      Array.from({ length: 120 }, () => random(2 * dim, 1)).flatMap((frames, v) =>
        ["a", "b"].map((copy) =>
          sampleClip(`v${v}${copy}`, 0, 1, {
            times: Float64Array.of(0, 1),
            frames: new Float16Array(frames),
            frameWeights: Float32Array.of(0.5, 0.5),
            framesPooled: frames.slice(0, dim),
            entities: new Float16Array(2 * dim).fill(0.1),
            entityWeights: Float32Array.of(0.5, 0.5),
            entitiesPooled: vector(0.1),
            patches: null,
          })
        )
      ),
    );
    await using searcher = await Searcher.open(made.options);
    const seen = new Set<string>();
    for (let offset = 0, more = true; more; offset += 50) {
      const page = await searcher.search({ texts: ["a dog"] }, { top: 50, offset, dedupe: true });
      for (const { path } of page.moments) seen.add(path.replace(/[ab]\.mp4$/, ""));
      assert.equal(page.moments.length, Math.min(50, 120 - offset));
      more = page.more;
    }
    assert.equal(seen.size, 120);
  },
});
