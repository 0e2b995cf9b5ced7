/**
 * Weighted token-wise interaction of one text with many clips (eq. 1). The clips' rows are taken
 * chunk by chunk, few enough for the second-level cache: read where they lie if the clips lie one
 * behind the other, else copied into one buffer. ONNX Runtime multiplies them with the words and
 * keeps a maximum a row and, clip by clip, a maximum a word; the weighted sums are left.
 * N·W·D multiply-adds, chunk·(D + 2W) memory.
 *
 * The clips of a chunk have the same number of rows, so that the maxima are those of a plain
 * [C, M, W]. Clips come in order of size, and a smaller one is filled up with its own first row,
 * which changes no maximum.
 *
 * Every chunk is multiplied at its full height, used or not: the runtime picks its kernel by the
 * shape, and a clip must get the same bits whatever stands beside it. A clip larger than a chunk
 * is one by itself.
 *
 * @module
 */
import type { Products } from "./products.ts";

/** Rows in a chunk: 2.3 MiB of float16 at D = 512. 64 clips of 37 tokens or 32 of 74 fill it. */
const CHUNK = 2368;

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
  const columns = new Float32Array(text.length); // textᵀ, [D, W]
  for (let w = 0; w < words; w++) {
    for (let c = 0; c < dim; c++) columns[c * words + w] = text[w * dim + c];
  }
  const order = weights.map((_, b) => b).sort((a, b) => weights[a].length - weights[b].length);
  let copies: Floats | undefined;
  const scores = new Float32Array(clips.length);
  for (let first = 0, last = 0; first < order.length; first = last) {
    let tokens = 0; // M, of the largest clip of the chunk
    for (; last < order.length; last++) {
      const next = weights[order[last]].length;
      if (last > first && (last + 1 - first) * next > CHUNK) break;
      tokens = next;
    }
    const chosen = order.slice(first, last);
    const height = Math.max(CHUNK, tokens);
    let chunk = inPlace(chosen.map((b) => clips[b]), height * dim);
    if (!chunk) {
      if (copies?.length !== height * dim) {
        copies = half ? new Float16Array(height * dim) : new Float32Array(height * dim);
      }
      chunk = copies;
      chosen.forEach((b, i) => fill(copies!, clips[b], i * tokens * dim, tokens * dim, dim));
    }
    const whole = height % tokens === 0;
    const count = whole ? height / tokens : chosen.length;
    const product = await products.bestSimilarities(half, whole);
    const [ofWords, ofTokens] = await product.runAll({
      x: [chunk, height, dim],
      text: [columns, dim, words],
      shape: [BigInt64Array.of(BigInt(count), BigInt(tokens), BigInt(words)), 3],
      ...(whole ? {} : { used: [BigInt64Array.of(BigInt(count * tokens)), 1] }),
    });
    chosen.forEach((b, i) => {
      const tokenSide = dot(weights[b], ofTokens, i * tokens); // Σ_p θ_p max_w a_wp
      const wordSide = dot(textWeights, ofWords, i * words); // Σ_w θ_w max_p a_wp
      scores[b] = words === 1 ? tokenSide : (wordSide + tokenSide) / 2;
    });
  }
  return scores;
}

/** The `length` numbers from the first clip on, if clips of one size lie one behind the other. */
function inPlace(clips: readonly Floats[], length: number): Floats | undefined {
  const { buffer, byteOffset, byteLength, BYTES_PER_ELEMENT } = clips[0];
  const apart = clips.some((clip, i) =>
    clip.buffer !== buffer || clip.byteLength !== byteLength ||
    clip.byteOffset !== byteOffset + i * byteLength
  );
  if (apart || byteOffset + length * BYTES_PER_ELEMENT > buffer.byteLength) return undefined;
  return clips[0] instanceof Float16Array
    ? new Float16Array(buffer, byteOffset, length)
    : new Float32Array(buffer, byteOffset, length);
}

/** Copies a clip to `start` and its first row behind it, `length` numbers in all. */
function fill(to: Floats, clip: Floats, start: number, length: number, dim: number): void {
  to.set(clip, start);
  for (let at = clip.length; at < length; at += dim) to.copyWithin(start + at, start, start + dim);
}

/** Σ weights_i · values_(start + i) */
function dot(weights: Float32Array, values: Float32Array, start: number): number {
  let sum = 0;
  for (let i = 0; i < weights.length; i++) sum += weights[i] * values[start + i];
  return sum;
}
