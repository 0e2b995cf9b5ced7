/**
 * Weighted token-wise interaction of one text with many clips (eq. 1). The clips' rows are taken
 * chunk by chunk, few enough for the caches: read where they lie if the clips lie one behind the
 * other, else copied into one buffer. ONNX Runtime multiplies them with the words and keeps a
 * maximum a row and, clip by clip, a maximum a word; the weighted sums are left. N·W·D
 * multiply-adds, chunk·(D + 2W) memory.
 *
 * The clips of a chunk have the same number of rows, so that the maxima are those of a plain
 * [C, M, W]. Clips come in order of size, and a smaller one is filled up with its own first row,
 * which changes no maximum.
 *
 * A clip must get the same bits whatever stands beside it. The runtime sums a row in the same order
 * wherever it stands, as long as it takes the product for one of matrices and shares it out by
 * rows: at least two columns, and no fewer rows than columns. So a lone word is there twice, and a
 * chunk of a few rows is filled up with copies of its first clip.
 *
 * @module
 */
import { MAX_WORDS } from "../backend.ts";
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
  const dim = text.length / textWeights.length;
  const words = Math.max(2, textWeights.length);
  const columns = new Float32Array(dim * words); // textᵀ, [D, W]
  for (let w = 0; w < words; w++) {
    const row = w % textWeights.length * dim;
    for (let c = 0; c < dim; c++) columns[c * words + w] = text[row + c];
  }
  const half = clips[0] instanceof Float16Array;
  const product = await products.bestSimilarities(half);
  const order = weights.map((_, b) => b).sort((a, b) => weights[a].length - weights[b].length);
  const scores = new Float32Array(clips.length);
  let copies: Floats | undefined;
  for (let first = 0, last = 0; first < order.length; first = last) {
    let tokens = 0; // M, of the largest clip of the chunk
    for (; last < order.length; last++) {
      const next = weights[order[last]].length;
      if (last > first && (last + 1 - first) * next > CHUNK) break;
      tokens = next;
    }
    const chosen = order.slice(first, last);
    const count = Math.max(chosen.length, Math.ceil(MAX_WORDS / tokens)); // C
    const members = Array.from({ length: count }, (_, i) => clips[chosen[i] ?? chosen[0]]);
    let chunk = inPlace(members);
    if (!chunk) {
      const size = Math.max(CHUNK, count * tokens) * dim;
      if (copies?.length !== size) {
        copies = half ? new Float16Array(size) : new Float32Array(size);
      }
      chunk = copies.subarray(0, count * tokens * dim);
      for (let i = 0; i < count; i++) fill(chunk, members[i], i * tokens * dim, tokens * dim, dim);
    }
    const [ofWords, ofTokens] = await product.runAll({
      x: [chunk, count * tokens, dim],
      text: [columns, dim, words],
      shape: [BigInt64Array.of(BigInt(count), BigInt(tokens), BigInt(words)), 3],
    });
    chosen.forEach((b, i) => {
      const tokenSide = dot(weights[b], ofTokens, i * tokens); // Σ_p θ_p max_w a_wp
      const wordSide = dot(textWeights, ofWords, i * words); // Σ_w θ_w max_p a_wp
      scores[b] = textWeights.length === 1 ? tokenSide : (wordSide + tokenSide) / 2;
    });
  }
  return scores;
}

/** The clips as one array, if they are of one size and lie one behind the other. */
function inPlace(clips: readonly Floats[]): Floats | undefined {
  const { buffer, byteOffset, byteLength, length } = clips[0];
  const apart = clips.some((clip, i) =>
    clip.buffer !== buffer || clip.byteLength !== byteLength ||
    clip.byteOffset !== byteOffset + i * byteLength
  );
  if (apart) return undefined;
  return clips[0] instanceof Float16Array
    ? new Float16Array(buffer, byteOffset, clips.length * length)
    : new Float32Array(buffer, byteOffset, clips.length * length);
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
