/**
 * Weighted token-wise interaction of one text with many clips (eq. 1). The clips' rows are taken
 * chunk by chunk, small enough for the second-level cache: read where they lie if the clips lie one
 * behind the other, else copied into one buffer. ONNX Runtime multiplies them with the words, and
 * one pass over the product keeps a maximum a row and a maximum a word.
 * N·W·D multiply-adds, chunk·(D + W) memory.
 *
 * Every chunk is multiplied at its full height, used or not: the runtime picks its kernel by the
 * shape, and a clip must get the same bits whatever stands beside it.
 *
 * @module
 */
import type { Products } from "./products.ts";

/** Rows in a chunk: 1.2 MiB of float16 at D = 512. */
const CHUNK = 1184;

type Floats = Float32Array | Float16Array;

/** One score a clip. `clips` are all float32 or all float16, [N_b, D] each. */
export async function interact(
  products: Products,
  text: Float32Array,
  textWeights: Float32Array,
  clips: readonly Floats[],
  weights: readonly Float32Array[],
): Promise<Float32Array> {
  const words = textWeights.length;
  const dim = text.length / words;
  const half = clips[0] instanceof Float16Array;
  const product = await products.similarity(half);
  const columns = new Float32Array(text.length); // textᵀ, [D, W]
  for (let w = 0; w < words; w++) {
    for (let c = 0; c < dim; c++) columns[c * words + w] = text[w * dim + c];
  }
  const height = Math.max(CHUNK, ...weights.map((theta) => theta.length));
  let copies: Floats | undefined;
  const scores = new Float32Array(clips.length);
  for (let first = 0, last = 0; first < clips.length; first = last) {
    let rows = 0;
    for (; last < clips.length && rows + weights[last].length <= height; last++) {
      rows += weights[last].length;
    }
    let chunk = inPlace(clips.slice(first, last), height * dim);
    if (!chunk) {
      chunk = copies ??= half ? new Float16Array(height * dim) : new Float32Array(height * dim);
      let to = 0;
      for (let b = first; b < last; to += clips[b].length, b++) chunk.set(clips[b], to);
    }
    const a = await product.run({ x: [chunk, height, dim], text: [columns, dim, words] });
    let row = 0;
    for (let b = first; b < last; row += weights[b].length, b++) {
      scores[b] = reduce(a.subarray(row * words), textWeights, weights[b]);
    }
  }
  return scores;
}

/** The `length` numbers from the first clip on, if the clips lie in them one behind the other. */
function inPlace(clips: readonly Floats[], length: number): Floats | undefined {
  const { buffer, byteOffset, BYTES_PER_ELEMENT } = clips[0];
  let next = byteOffset;
  for (const clip of clips) {
    if (clip.buffer !== buffer || clip.byteOffset !== next) return undefined;
    next += clip.byteLength;
  }
  if (byteOffset + length * BYTES_PER_ELEMENT > buffer.byteLength) return undefined;
  return clips[0] instanceof Float16Array
    ? new Float16Array(buffer, byteOffset, length)
    : new Float32Array(buffer, byteOffset, length);
}

/** a [P, W] → ½(Σ_w θ_w max_p a_wp + Σ_p θ_p max_w a_wp), or Σ_p θ_p a_p for one word. */
function reduce(a: Float32Array, wordWeights: Float32Array, weights: Float32Array): number {
  const words = wordWeights.length;
  const best = new Float32Array(words).fill(-Infinity); // over the tokens, of each word
  let tokenSide = 0;
  for (let p = 0, at = 0; p < weights.length; p++) {
    let most = -Infinity; // over the words, of this token
    for (let w = 0; w < words; w++, at++) {
      const similarity = a[at];
      if (similarity > most) most = similarity;
      if (similarity > best[w]) best[w] = similarity;
    }
    tokenSide += weights[p] * most;
  }
  if (words === 1) return tokenSide;
  let wordSide = 0;
  for (let w = 0; w < words; w++) wordSide += wordWeights[w] * best[w];
  return (wordSide + tokenSide) / 2;
}
