// How long does the word–patch similarity of one text with many clips take?
import { Scorer } from "../../models/hvd/scorer.ts";
import { DEVICES, flopOf } from "./devices.ts";
import { rate } from "./rate.ts";
import { DIM, noise, noiseHeads } from "./tokens.ts";

const WORDS = 32;
const CASES = [[1_000, 37], [1_000, 74], [10_000, 37]];
const unitNoise = (tokens: number) => noise(tokens * DIM, DIM ** -0.5);

// A thousand different clips; ten thousand are these ten times over.
const distinct = new Map([37, 74].map((tokens) => {
  const floats = unitNoise(1_000 * tokens);
  const weights = new Float32Array(tokens).fill(1 / tokens);
  const clips = (entities: Float32Array | Float16Array) =>
    Array.from({ length: 1_000 }, (_, b) => ({
      entities: entities.subarray(b * tokens * DIM, (b + 1) * tokens * DIM),
      entityWeights: weights,
    }));
  return [tokens, { float16: clips(new Float16Array(floats)), float32: clips(floats) }];
}));

for (const { name, backend, gemm, repeats } of DEVICES) {
  const scorer = new Scorer(backend, noiseHeads());
  const query = await scorer.prepare({
    sentence: noise(DIM),
    words: noise(WORDS * DIM),
  });
  for (const [count, tokens] of CASES) {
    const group = `${name}, ${WORDS} words × ${count} clips × ${tokens} tokens`;
    const flop = flopOf({ rows: count * tokens, depth: DIM, columns: WORDS });
    const yardstick = { rows: 100 * tokens, depth: DIM, columns: WORDS };
    const product = await gemm(yardstick);
    rate(
      {
        name: "GEMM of 100 clips",
        group,
        flop: flopOf(yardstick),
        repeats,
        baseline: true,
      },
      (timed) => timed(product),
    );
    for (const [type, thousand] of Object.entries(distinct.get(tokens)!)) {
      const clips = Array.from({ length: count }, (_, b) => thousand[b % 1_000]);
      rate(
        { name: `word–patch of ${type}`, group, flop, n: 20 },
        (timed) => timed(() => scorer.wordPatch(query, clips)),
      );
    }
  }
}
