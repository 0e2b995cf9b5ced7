/**
 * What ONNX Runtime computes in one operator of its own and ONNX spells out in several. A graph of
 * standard operators only, as automatic differentiation needs it, gets the several.
 *
 * @module
 */
import type { Graph, Value } from "./graph.ts";

/** The shape of an attention over equally long sequences. */
export interface AttentionShape {
  /** The width of a token, all heads together. */
  readonly width: number;
  readonly heads: number;
  /** T, the tokens of a sequence; -1 when there is one sequence of any length. */
  readonly tokens: number;
  /** Whether a token sees only those before it. */
  readonly causal: boolean;
}

/**
 * Scaled dot-product attention, softmax(q·kᵀ/√d_k)·v, head by head.
 *
 * @param q Queries as rows, [B·T, width]; so are the keys `k` and the values `v`.
 * @returns [B·T, width]
 * @throws {RangeError} If a graph of standard operators is to attend over sequences of any length.
 */
export function attention(
  g: Graph,
  q: Value,
  k: Value,
  v: Value,
  { width, heads, tokens, causal }: AttentionShape,
): Value {
  const rows = g.ints([-1, width]);
  if (!g.standardOnly) {
    // One sequence of unknown length has the batch size 1; else the batch size is what is unknown.
    const sequences = g.ints(tokens === -1 ? [1, -1, width] : [-1, tokens, width]);
    const inputs = [q, k, v].map((x) => g.op("Reshape", [x, sequences]));
    const attended = g.op("MultiHeadAttention", inputs, {
      num_heads: heads,
      unidirectional: causal ? 1 : 0,
    }, "com.microsoft");
    return g.op("Reshape", [attended, rows]);
  }
  if (tokens === -1) throw new RangeError("Cannot spell out attention without a sequence length");
  const headWidth = width / heads;
  const split = g.ints([-1, tokens, heads, headWidth]);
  const byHead = (x: Value, perm: number[]) =>
    g.op("Transpose", [g.op("Reshape", [x, split])], { perm });
  const products = g.op("MatMul", [byHead(q, [0, 2, 1, 3]), byHead(k, [0, 2, 3, 1])]);
  let logits = g.op("Mul", [products, g.floats(1 / Math.sqrt(headWidth))]); // [B, heads, T, T]
  if (causal) logits = g.op("Add", [logits, g.floats(causalMask(tokens), [tokens, tokens])]);
  const attended = g.op("MatMul", [
    g.op("Softmax", [logits], { axis: -1 }),
    byHead(v, [0, 2, 1, 3]),
  ]);
  return g.op("Reshape", [g.op("Transpose", [attended], { perm: [0, 2, 1, 3] }), rows]);
}

/** 0 where a token sees another, and what no logit outweighs where it does not. */
function causalMask(tokens: number): Float32Array {
  const HIDDEN = -1e9;
  return Float32Array.from(
    { length: tokens * tokens },
    (_, i) => i % tokens > Math.floor(i / tokens) ? HIDDEN : 0,
  );
}

/** OpenAI's approximation of GELU, x·σ(1.702·x). */
export function quickGelu(g: Graph, x: Value): Value {
  const SLOPE = 1.702;
  if (!g.standardOnly) {
    return g.op("QuickGelu", [x], { alpha: { float: SLOPE } }, "com.microsoft");
  }
  return g.op("Mul", [x, g.op("Sigmoid", [g.op("Mul", [x, g.floats(SLOPE)])])]);
}
