import assert from "node:assert/strict";
import { numpy as np } from "@jax-js/jax";
import { weigh } from "../../train/aggregation.ts";
import { cluster } from "../../train/clustering.ts";
import { group } from "../../train/grouping.ts";
import { compress } from "../../train/pfcm.ts";
import { sentenceSimilarity, tokenInteraction, unit } from "../../train/similarity.ts";
import { pooledSimilarity, xPool } from "../../train/x_pool.ts";
import { assertClose } from "../kernels/close.ts";
import { type Tensor, tensor, traced, vectors } from "./traced.ts";

interface Clustering {
  N: number;
  k: number;
  sample_ratio: number;
  cluster_num: number;
  x: number[][][];
  idx_cluster: number[][];
}

Deno.test("dpc_small.json: the same clusters inside a traced step", async () => {
  const v = await vectors<Clustering>("dpc_small");
  const { members } = await traced(
    { x: tensor(v.x), mask: tensor(v.x.map((clip) => clip.map(() => 1))) },
    ({ x, mask }) => ({
      members: cluster(x, mask, { keepRatio: v.sample_ratio, neighbours: v.k }).members,
    }),
  );
  v.idx_cluster.forEach((labels, b) =>
    labels.forEach((expected, n) => {
      const label = Array.from({ length: v.cluster_num }, (_, m) => m)
        .filter((m) => members[(b * v.cluster_num + m) * v.N + n] === 1);
      assert.deepEqual(label, [expected]);
    })
  );
});

Deno.test("a clip's clusters do not depend on the padding behind it", async () => {
  const v = await vectors<Clustering>("dpc_small");
  const [alone] = v.x;
  const padded = [...alone, ...alone.slice(0, 4).map((row) => row.map((x) => 7 * x))];
  const mask = [padded.map((_, i) => i < alone.length ? 1 : 0)];
  const run = async (x: number[][][], mask: number[][]) =>
    await traced(
      { x: tensor(x), mask: tensor(mask) },
      ({ x, mask }) => ({ ...cluster(x, mask, { keepRatio: 0.5, neighbours: 3 }) }),
    );
  const own = await run([alone], [alone.map(() => 1)]);
  const among = await run([padded], mask);
  const [N, M] = [alone.length, alone.length / 2];
  for (let m = 0; m < M; m++) {
    assert.deepEqual(
      among.members.slice(m * padded.length, m * padded.length + N),
      own.members.slice(m * N, (m + 1) * N),
    );
  }
  assert.deepEqual([...among.clusters], [...Array(M).fill(1), 0, 0]);
});

Deno.test("k-means and pooling group what lies together", async () => {
  const x = tensor([[[0, 0], [5, 5], [0, 0.1], [5, 5.1], [9, 9], [9, 9.1], [1, 2], [3, 4]]]);
  const mask = tensor([[1, 1, 1, 1, 1, 1, 0, 0]]);
  const groupsOf = async (clustering: "k-means" | "pooling") => {
    const { members } = await traced(
      { x, mask },
      ({ x, mask }) => ({
        members: group(x, mask, { clustering, keepRatio: 0.5, neighbours: 3 }).members,
      }),
    );
    return [0, 1, 2, 3].map((m) => members.slice(8 * m, 8 * m + 8).join(""));
  };
  assert.deepEqual(await groupsOf("pooling"), ["11000000", "00110000", "00001100", "00000000"]);
  assert.deepEqual(await groupsOf("k-means"), ["10100000", "01010000", "00001100", "00000000"]);
});

type Nested = number | Nested[];

Deno.test("pfcm_block_d32.json: three rounds in a traced step", async () => {
  const v = await vectors<{
    D: number;
    heads: number;
    k: number;
    ratio: number;
    x: number[][][];
    out: number[][][];
    layers: { pcm: Record<string, Nested>; att: Record<string, Nested> }[];
  }>("pfcm_block_d32");
  const weights: Record<string, Tensor> = {};
  const names = {
    pcm: {
      "convolution.weight": "conv.conv.weight",
      "norm.weight": "norm.weight",
      "norm.bias": "norm.bias",
      "importance.weight": "score.weight",
      "importance.bias": "score.bias",
    },
    att: {
      "attention.norm.weight": "norm1.weight",
      "attention.norm.bias": "norm1.bias",
      "attention.query.weight": "attn.q.weight",
      "attention.query.bias": "attn.q.bias",
      "attention.key_value.weight": "attn.kv.weight",
      "attention.key_value.bias": "attn.kv.bias",
      "attention.project.weight": "attn.proj.weight",
      "attention.project.bias": "attn.proj.bias",
    },
  };
  v.layers.forEach((layer, r) => {
    for (const part of ["pcm", "att"] as const) {
      for (const [ours, theirs] of Object.entries(names[part])) {
        weights[`rounds.${r}.${ours}`] = tensor(layer[part][theirs]);
      }
    }
  });
  const mask = tensor(v.x.map((clip) => clip.map(() => 1)));
  const { out } = await traced({ x: tensor(v.x), mask, ...weights }, ({ x, mask, ...weights }) => ({
    out: compress(weights, { tokens: x, mask }, {
      rounds: v.layers.length,
      keepRatio: v.ratio,
      neighbours: v.k,
      spotRatio: 0.5,
      attentionHeads: v.heads,
      clustering: "dpc-knn",
    }).tokens,
  }));
  assertClose(out, tensor(v.out).data, 1e-4);
});

Deno.test("wti.json: token-wise interaction with true masks, and the sentence form", async () => {
  const v = await vectors<
    Record<
      | "text"
      | "video"
      | "text_mask"
      | "video_mask"
      | "logits_true_mask"
      | "sentence"
      | "sentence_video",
      number[][]
    > & Record<"text_fc" | "video_fc", Record<string, Nested>>
  >("wti");
  const mlp = (side: string, fc: Record<string, Nested>) =>
    Object.fromEntries(
      Object.entries(fc).map(([name, values]) => [`interaction.${side}.${name}`, tensor(values)]),
    );
  const found = await traced({
    text: tensor(v.text),
    video: tensor(v.video),
    textMask: tensor(v.text_mask),
    videoMask: tensor(v.video_mask),
    sentence: tensor(v.sentence),
    ...mlp("word", v.text_fc),
    ...mlp("patch", v.video_fc),
  }, ({ text, video, textMask, videoMask, sentence, ...weights }) => {
    const words = weigh(weights, "word", { tokens: text, mask: textMask }, "mlp", 1);
    const patches = weigh(weights, "patch", { tokens: video, mask: videoMask }, "mlp", 1);
    const tokens = unit(patches.tokens);
    return {
      logits: tokenInteraction({
        words: unit(words.tokens),
        wordWeights: words.weights,
        wordMask: words.mask,
        tokens: tokens.ref,
        tokenWeights: patches.weights.ref,
        tokenMask: patches.mask,
      }),
      sentence_: sentenceSimilarity(unit(sentence), tokens, patches.weights),
    };
  });
  assertClose(found.logits, tensor(v.logits_true_mask).data, 1e-5);
  assertClose(found.sentence_, tensor(v.sentence_video).data, 1e-5);
});

Deno.test("xpool.json: text-conditioned pooling", async () => {
  const v = await vectors<{
    params: Record<string, Nested>;
    text: number[][];
    video: number[][][];
    sims: number[][];
    pooled: number[][][];
  }>("xpool");
  const names: Record<string, string> = {
    "cross_attn.q_proj": "query",
    "cross_attn.k_proj": "key",
    "cross_attn.v_proj": "value",
    "cross_attn.out_proj": "output",
    "linear_proj": "linear",
    "layer_norm1": "norm1",
    "layer_norm2": "norm2",
    "layer_norm3": "norm3",
  };
  const weights = Object.fromEntries(
    Object.entries(v.params).map(([name, values]) => {
      const at = name.lastIndexOf(".");
      return [`x_pool.${names[name.slice(0, at)]}${name.slice(at)}`, tensor(values)];
    }),
  );
  const mask = tensor(v.video.map((frames) => frames.map(() => 1)));
  const found = await traced(
    { text: tensor(v.text), video: tensor(v.video), mask, ...weights },
    ({ text, video, mask, ...weights }) => {
      const pooled = xPool(weights, text.ref, video, mask); // [texts, videos, D]
      return {
        pooled: np.transpose(pooled.ref, [1, 0, 2]),
        sims: pooledSimilarity(unit(text), pooled),
      };
    },
  );
  assertClose(found.pooled, tensor(v.pooled).data, 1e-5);
  assertClose(found.sims, tensor(v.sims).data, 1e-5);
});
