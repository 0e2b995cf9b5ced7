import assert from "node:assert/strict";
import { Scorer } from "../../models/hvd/scorer.ts";
import { assertClose } from "./close.ts";
import { testEach } from "./backends.ts";

type Nested = number | Nested[];

async function vectors<T>(name: string): Promise<T> {
  const url = new URL(`../vectors/${name}.json`, import.meta.url);
  return JSON.parse(await Deno.readTextFile(url));
}

function flat(values: Nested): Float32Array {
  return Float32Array.from([values].flat(9) as number[]);
}

interface DpcVectors {
  N: number;
  C: number;
  k: number;
  cluster_num: number;
  mask: number[][] | null;
  x: number[][][];
  dist: number[][][];
  density: number[][];
  delta: number[][];
  score: number[][];
  centers_in_score_order: number[][];
  idx_cluster: number[][];
  token_weight: number[][];
  merged_x: number[][][];
  merged_x_uniform: number[][][];
}

for (const name of ["dpc_small", "dpc_masked"]) {
  testEach(`${name}: every step of DPC-KNN and the merge`, async (backend) => {
    const v = await vectors<DpcVectors>(name);
    const clips = v.x.map((_, b) => b);
    // Padding stands behind the valid tokens; a ragged batch has none.
    const valid = clips.map((b) => v.mask ? v.mask[b].filter(Boolean).length : v.N);
    const of = (rows: number[][], b: number) => rows[b].slice(0, valid[b]);
    const clusters = clips.map(() => v.cluster_num);
    const result = await backend.batch(async (kernels) => {
      const x = await kernels.upload(clips.map((b) => flat(v.x[b].slice(0, valid[b]))), v.C);
      const weight = await kernels.upload(
        clips.map((b) => flat(of(v.token_weight, b)).map(Math.log)),
        1,
      );
      const distances = await kernels.distances(x);
      const density = await kernels.density(distances, v.k);
      const separation = await kernels.separation(distances, density);
      const centres = await kernels.centres(density, separation, clusters);
      const labels = await kernels.assign(distances, centres);
      const merged = await kernels.merge(x, labels, clusters, weight);
      const uniform = await kernels.merge(x, labels, clusters);
      return {
        distances: await kernels.readDistances(distances),
        rows: await kernels.read(density, separation, centres, labels, merged, uniform),
      };
    });
    const [density, separation, centres, labels, merged, uniform] = result.rows;
    for (const b of clips) {
      assertClose(
        result.distances[b],
        flat(v.dist[b].slice(0, valid[b]).map((row) => row.slice(0, valid[b]))),
        1e-5,
        "dist",
      );
      assertClose(density[b], of(v.density, b), 1e-5, "density");
      const densest = density[b].indexOf(Math.max(...density[b]));
      // The reference gives the densest token of a padded sample the padding's distance; ours is
      // the largest among its own tokens. It is the first centre in both.
      const compared = (_: number, i: number) => !v.mask || i !== densest;
      assertClose(
        separation[b].filter(compared),
        of(v.delta, b).filter(compared),
        1e-5,
        "delta",
      );
      assert.deepEqual([...centres[b]], v.centers_in_score_order[b], "centres");
      assert.deepEqual([...labels[b]], of(v.idx_cluster, b), "labels");
      assertClose(merged[b], flat(v.merged_x[b]), 1e-5, "merged");
      if (!v.mask) assertClose(uniform[b], flat(v.merged_x_uniform[b]), 1e-5, "uniform");
    }
  });
}

interface WtiVectors {
  text: number[][][];
  video: number[][][];
  text_mask: number[][];
  video_mask: number[][];
  text_weight: number[][];
  video_weight: number[][];
  logits_true_mask: number[][];
  sentence: number[][];
  sentence_video: number[][];
}

type WtiWeights = Record<"text_fc" | "video_fc", Record<string, Nested>>;

testEach(
  "wti: weights, the interaction with true masks, and the sentence form",
  async (backend) => {
    const v = await vectors<WtiVectors & WtiWeights>("wti");
    const dim = v.text[0][0].length;
    const mlp = (side: "text_fc" | "video_fc") => ({
      hidden: { weight: flat(v[side]["0.weight"]), bias: flat(v[side]["0.bias"]) },
      output: { weight: flat(v[side]["2.weight"]), bias: flat(v[side]["2.bias"]) },
    });
    const ragged = (rows: number[][][], mask: number[][]) =>
      rows.map((tokens, b) => flat(tokens.filter((_, i) => mask[b][i] === 1)));
    const videos = ragged(v.video, v.video_mask);
    const texts = ragged(v.text, v.text_mask);
    const result = await backend.batch(async (kernels) => {
      const text = await kernels.upload(texts, dim);
      const video = await kernels.upload(videos, dim);
      const textWeights = await kernels.weigh(text, mlp("text_fc"));
      const videoWeights = await kernels.weigh(video, mlp("video_fc"));
      const units = await kernels.unit(video);
      const sentences = await kernels.unit(await kernels.upload(v.sentence.map(flat), dim));
      const [words, wordWeights, theta, pooled, sentence] = await kernels.read(
        await kernels.unit(text),
        textWeights,
        videoWeights,
        await kernels.pool(units, videoWeights),
        sentences,
      );
      const logits: Float32Array[][] = [], sentenceVideo: Float32Array[][] = [];
      for (let q = 0; q < words.length; q++) {
        const full = await kernels.interact(words[q], wordWeights[q], units, videoWeights);
        const single = await kernels.interact(sentence[q], Float32Array.of(1), units, videoWeights);
        const [a, b] = await kernels.read(full, single);
        logits.push(a);
        sentenceVideo.push(b);
      }
      return { wordWeights, theta, pooled, sentence, logits, sentenceVideo };
    });
    const valid = (rows: number[][], mask: number[][], b: number) =>
      rows[b].filter((_, i) => mask[b][i] === 1);
    v.text.forEach((_, q) => {
      assertClose(result.wordWeights[q], valid(v.text_weight, v.text_mask, q), 1e-5, "θ_w");
      assertClose(result.logits[q].flatMap((s) => [...s]), v.logits_true_mask[q], 1e-5, "logits");
      const collapsed = Scorer.products(result.sentence[q], result.pooled);
      assertClose(collapsed, v.sentence_video[q], 1e-5, "T̂_s · Σ θ_p p̂");
      const single = result.sentenceVideo[q].flatMap((s) => [...s]);
      assertClose(single, v.sentence_video[q], 1e-5, "sentence");
    });
    v.video.forEach((_, b) => {
      assertClose(result.theta[b], valid(v.video_weight, v.video_mask, b), 1e-5, "θ_p");
    });
  },
);
