/**
 * Inputs of the size that ViT-B/32 makes: tokens near a few centres, and heads of noise.
 *
 * @module
 */
import { type Heads, identityHeads } from "../../models/hvd/heads.ts";

/** D of ViT-B/32. */
export const DIM = 512;

function normal(): number {
  return Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
}

/** Noise. */
export function noise(count: number, scale = 1): Float32Array {
  return Float32Array.from({ length: count }, () => scale * normal());
}

/** Tokens around 40 centres, as the patches of a video are: [count, D]. */
export function patchTokens(count: number): Float32Array {
  const centres = noise(40 * DIM);
  const tokens = noise(count * DIM, 0.5);
  for (let i = 0; i < count; i++) {
    const at = Math.floor(40 * Math.random()) * DIM;
    for (let c = 0; c < DIM; c++) tokens[i * DIM + c] += centres[at + c];
  }
  return tokens;
}

const linear = (outputs: number, inputs: number) => ({
  weight: noise(outputs * inputs, inputs ** -0.5),
  bias: noise(outputs, 0.1),
});
const norm = () => ({ weight: noise(DIM, 0.1).map((v) => 1 + v), bias: noise(DIM, 0.1) });
const mlp = () => ({ hidden: linear(2 * DIM, DIM), output: linear(1, 2 * DIM) });

/** Heads whose time is that of trained ones. */
export function noiseHeads(): Heads {
  const heads = identityHeads(DIM);
  return {
    ...heads,
    trained: true,
    rounds: Array.from({ length: heads.parameters.rounds }, () => ({
      convolution: noise(3 * DIM * DIM, (3 * DIM) ** -0.5),
      norm: norm(),
      importance: linear(1, DIM),
      attention: {
        heads: heads.parameters.attentionHeads,
        norm: norm(),
        query: linear(DIM, DIM),
        keyValue: linear(2 * DIM, DIM),
        project: linear(DIM, DIM),
      },
    })),
    interaction: { word: mlp(), frame: mlp(), patch: mlp() },
  };
}
