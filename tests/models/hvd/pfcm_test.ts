import assert from "node:assert/strict";
import { identityHeads, type RoundWeights } from "../../../models/hvd/heads.ts";
import { clustersOf, compress } from "../../../models/hvd/pfcm.ts";
import { testEach } from "../../kernels/backends.ts";
import { assertClose } from "../../kernels/close.ts";

type Nested = number | Nested[];

function flat(values: Nested): Float32Array {
  return Float32Array.from([values].flat(9) as number[]);
}

interface BlockVectors {
  D: number;
  heads: number;
  k: number;
  ratio: number;
  layers: { pcm: Record<string, Nested>; att: Record<string, Nested> }[];
  x: number[][][];
  trace: Record<"x_conv_norm" | "token_score" | "x_merged" | "x_out", number[][][]>[];
  out: number[][][];
}

function roundWeights({ pcm, att }: BlockVectors["layers"][number], heads: number): RoundWeights {
  const linear = (part: Record<string, Nested>, name: string) => ({
    weight: flat(part[`${name}.weight`]),
    bias: flat(part[`${name}.bias`]),
  });
  return {
    convolution: flat(pcm["conv.conv.weight"]),
    norm: linear(pcm, "norm"),
    importance: linear(pcm, "score"),
    attention: {
      heads,
      norm: linear(att, "norm1"),
      query: linear(att, "attn.q"),
      keyValue: linear(att, "attn.kv"),
      project: linear(att, "attn.proj"),
    },
  };
}

testEach("pfcm_block_d32: three rounds, step by step and whole", async (backend) => {
  const url = new URL("../../vectors/pfcm_block_d32.json", import.meta.url);
  const v: BlockVectors = JSON.parse(await Deno.readTextFile(url));
  const rounds = v.layers.map((layer) => roundWeights(layer, v.heads));
  const heads = {
    ...identityHeads(v.D),
    rounds,
    parameters: {
      rounds: v.layers.length,
      keepRatio: v.ratio,
      neighbours: v.k,
      spotRatio: 0.5,
      attentionHeads: v.heads,
    },
  };
  await backend.batch(async (kernels) => {
    const x = await kernels.upload(v.x.map(flat), v.D);
    const { entities, rounds: traced } = await compress(kernels, x, heads);
    const [out] = await kernels.read(entities);
    out.forEach((tokens, b) => assertClose(tokens, flat(v.out[b]), 1e-4, `out of ${b}`));

    let tokens = x;
    for (const [r, trace] of v.trace.entries()) {
      const convolved = await kernels.convolve(tokens, rounds[r].convolution, rounds[r].norm);
      const importance = await kernels.linear(convolved, rounds[r].importance);
      const clusters = tokens.counts.map((n) => clustersOf(n, v.ratio));
      const merged = await kernels.merge(convolved, traced[r].labels, clusters, importance);
      tokens = await kernels.attend(merged, convolved, importance, rounds[r].attention);
      const read = await kernels.read(convolved, importance, merged, tokens);
      const names = ["x_conv_norm", "token_score", "x_merged", "x_out"] as const;
      names.forEach((name, step) => {
        read[step].forEach((rows, b) => {
          assertClose(rows, flat(trace[name][b]), 1e-4, `round ${r} ${name} of ${b}`);
        });
      });
    }
  });
});

testEach(
  "identity heads: entities are cluster means of the tokens as they are",
  async (backend) => {
    const corners = [[0, 0], [10, 0], [0, 10], [10, 10]];
    const nudges = [[0, 0], [0.3, 0.1], [-0.2, 0.2], [0.1, -0.4]];
    // Each corner is wider than the one before, so that no two densities are equal.
    const tokens = corners.flatMap(([x, y], c) =>
      nudges.map(([dx, dy]) => [x + dx * (1 + c / 4), y + dy * (1 + c / 4)])
    );
    const { parameters, ...heads } = identityHeads(2);
    const [[entities], [labels]] = await backend.batch(async (kernels) => {
      const x = await kernels.upload([flat(tokens)], 2);
      const { entities, rounds } = await compress(kernels, x, {
        ...heads,
        parameters: { ...parameters, rounds: 1, keepRatio: 0.25 },
      });
      return await kernels.read(entities, rounds[0].labels);
    });
    assert.equal(new Set(labels).size, 4);
    corners.forEach((_, c) => {
      const mine = tokens.slice(4 * c, 4 * c + 4);
      const mean = [0, 1].map((axis) => mine.reduce((sum, token) => sum + token[axis], 0) / 4);
      assert.equal(new Set(labels.subarray(4 * c, 4 * c + 4)).size, 1);
      assertClose(entities.subarray(2 * labels[4 * c], 2 * labels[4 * c] + 2), mean, 1e-5, `${c}`);
    });
  },
);
