import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openTextTower } from "../../../models/clip/text.ts";
import { resolveModel } from "../../../models/registry.ts";
import { Root } from "../../../pipeline/root.ts";
import { Searcher } from "../../../pipeline/search/searcher.ts";
import { ClipStore } from "../../../store/clip_store.ts";
import { FORMAT, type Manifest } from "../../../store/manifest.ts";
import { SubtitleStore } from "../../../store/subtitle_store.ts";
import { writeHeads } from "../../models/hvd/random_heads.ts";
import { sampleClip } from "../../store/sample_clips.ts";

const TINY = fileURLToPath(new URL("../../vectors/clip/clip-tiny-gelu", import.meta.url));

/** Native addons keep threads and files for as long as the process lives. */
const ADDONS_STAY = { sanitizeOps: false, sanitizeResources: false };

/** An empty index of the tiny model, which lies in a folder of its own. */
async function prepare(heads: Manifest["heads"]) {
  const home = await Deno.makeTempDir({ prefix: "fovea-test-" });
  for (const name of ["config.json", "model.safetensors", "tokenizer.json"]) {
    await Deno.copyFile(join(TINY, name), join(home, name));
  }
  const model = await resolveModel(home);
  const location = join(home, "index");
  const { name, fingerprint } = model;
  const store = await ClipStore.openOrCreate(location, {
    format: FORMAT,
    model: { name, revision: null, fingerprint, precision: "f32" },
    heads,
    parameters: {
      frames: 12,
      fps: null,
      segment: "auto",
      keepPatches: false,
      rounds: 3,
      keepRatio: 0.5,
      neighbours: 3,
      spotRatio: 0.5,
    },
    dim: model.config.dim,
    patchesPerFrame: model.config.vision.patches,
  });
  const subtitles = new SubtitleStore(location);
  return {
    home,
    options: {
      store,
      subtitles,
      root: Root.of(location),
      model,
      precision: "f32",
      oneShot: false,
    } as const,
    async [Symbol.asyncDispose]() {
      subtitles[Symbol.dispose]();
      store.close();
      await Deno.remove(home, { recursive: true });
    },
  };
}

Deno.test({
  name: "heads other than the index's are refused by name",
  ...ADDONS_STAY,
  fn: async () => {
    await using made = await prepare({ name: "old", fingerprint: "0".repeat(64) });
    await assert.rejects(
      Searcher.open(made.options),
      /^Error: Cannot search: the index was made with the heads "old" and .* "none"; .*--rebuild$/,
    );
    await writeHeads(made.home, made.options.model.config.dim, 1);
    await assert.rejects(Searcher.open(made.options), /heads "old" and .* "test"; /);

    await using other = await prepare({ name: "test", fingerprint: "0".repeat(64) });
    await writeHeads(other.home, other.options.model.config.dim, 1);
    await assert.rejects(Searcher.open(other.options), /heads "test" and .* others of that name; /);
  },
});

Deno.test({
  name: "a tower that does not open fails the search and not its end",
  ...ADDONS_STAY,
  fn: async () => {
    await using made = await prepare(null);
    await Deno.writeTextFile(join(made.home, "tokenizer.json"), "{");
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
    await using made = await prepare(null);
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
