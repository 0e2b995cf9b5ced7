/**
 * What the embedded model can do, on videos that it has never seen:
 *
 *     deno run --allow-read --allow-write --allow-env --allow-ffi bench/mini/measure.ts \
 *       MODEL WORLD GALLERY
 *
 * MODEL is a folder or a name, WORLD a generated collection with a test split, GALLERY the folder
 * of the forty queries' videos (`world/queries.ts` says how it is made). The figures go to
 * `bench/results/mini.json`.
 */
import { join } from "node:path";
import { openData } from "../../data/open_data.ts";
import { textToVideo, videoToText } from "../../eval/metrics.ts";
import { scoreFeatures } from "../../eval/score_features.ts";
import type { SimilarityMatrix } from "../../eval/similarity_matrix.ts";
import { computeFeatures } from "../../features/compute_features.ts";
import type { Features } from "../../features/features.ts";
import { openBackend } from "../../kernels/open.ts";
import { openTokenizer } from "../../models/clip/tokenizer.ts";
import { type Heads, identityHeads, loadHeads } from "../../models/hvd/heads.ts";
import { type ModelFiles, resolveModel } from "../../models/registry.ts";
import { openIndex } from "../../mod.ts";
import { fewerFrames } from "../../train/fewer_frames.ts";
import { readLabels } from "../../world/labels.ts";
import { GALLERY, QUERIES } from "../../world/queries.ts";
import { thingNamed } from "../../world/things.ts";
import { grounding } from "./grounding.ts";

const FRAMES = 12, WORDS = 24;

/** K: videos of each caption that HVD scores exactly. */
const CANDIDATES = 40;

const [spec, world, gallery] = Deno.args;
if (!gallery) {
  console.error("usage: measure.ts MODEL WORLD GALLERY");
  Deno.exit(2);
}
const model = await resolveModel(spec);
const temporary = await Deno.makeTempDir({ prefix: "fovea-mini-" });
try {
  const forty = {
    f32: await fortyQueries("f32", GALLERY.videos),
    f32OfCandidates: await fortyQueries("f32"),
    int8: await fortyQueries("int8", GALLERY.videos),
  };
  const results = {
    model: model.name === spec ? spec : "a folder",
    forty: {
      right: {
        f32: rightOf(forty.f32),
        f32OfCandidates: rightOf(forty.f32OfCandidates),
        int8: rightOf(forty.int8),
      },
      queries: QUERIES.map(({ text, video }, i) => ({ text, video, rank: forty.f32[i] })),
    },
    test: await testSplit(model),
  };
  const path = new URL("../results/mini.json", import.meta.url);
  await Deno.mkdir(new URL(".", path), { recursive: true });
  await Deno.writeTextFile(path, JSON.stringify(results, null, 2) + "\n");
  console.log(JSON.stringify({ ...results, forty: results.forty.right }, null, 2));
} finally {
  await Deno.remove(temporary, { recursive: true });
}

/** The rank of each query's right video, where so many are scored exactly or as many as usual. */
async function fortyQueries(precision: "f32" | "int8", candidates?: number): Promise<number[]> {
  await using index = await openIndex(join(temporary, precision), { model: spec });
  await Array.fromAsync(index.add([gallery], { precision }));
  const ranks: number[] = [];
  for (const { text, video } of QUERIES) {
    const { moments } = await index.search(text, { top: GALLERY.videos, candidates });
    ranks.push(1 + moments.findIndex((moment) => moment.video.endsWith(video)));
  }
  return ranks;
}

function rightOf(ranks: readonly number[]): number {
  return ranks.filter((rank) => rank === 1).length;
}

/** Retrieval over the test split, and where the model looks. */
async function testSplit(model: ModelFiles) {
  const opened = await openData(world);
  const data = await opened.load("test");
  const featuresOf = (precision: "f32" | "int8") =>
    computeFeatures(join(temporary, `features-${precision}`), data, model, {
      frames: FRAMES,
      words: WORDS,
      precision,
    });
  using features = await featuresOf("f32"), quantised = await featuresOf("int8");
  const backend = await openBackend("cpu");
  const { dim } = model.config;
  const score = async (mode: "skrr" | "hvd", heads: Heads, of: Features = features) =>
    figures(await scoreFeatures(of, heads, backend, { mode, candidates: CANDIDATES }));
  const trained = await loadHeads(model.dir, dim), none = identityHeads(dim);
  const middle = fewerFrames(features, 1);
  const labels = await readLabels(join(world, "test"));
  const tokenizer = await openTokenizer(model.dir, model.config.text);
  const wordOf = (text: string, thing: string) => {
    const names = [thing, thingNamed(thing).plural].map((name) => name.split(" ").at(-1)!);
    const place = tokenizer.encode(text).pieces.findIndex((piece) => names.includes(piece));
    return place > 0 && place < WORDS ? place : null;
  };
  return {
    videos: data.videos.length,
    captions: features.captions.length,
    chance: 100 / data.videos.length,
    untrained: {
      middleFrame: await score("skrr", none, middle),
      meanPooling: await score("skrr", none),
    },
    hvd: {
      candidates: CANDIDATES,
      middleFrame: await score("hvd", trained, middle),
      allFrames: await score("hvd", trained),
      int8: await score("hvd", trained, quantised),
    },
    skrr: await score("skrr", trained),
    grounding: grounding(features, labels, wordOf, trained.parameters.spotRatio),
  };
}

function figures(matrix: SimilarityMatrix) {
  return { textToVideo: textToVideo(matrix), videoToText: videoToText(matrix) };
}
