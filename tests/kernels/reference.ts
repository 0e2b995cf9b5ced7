/**
 * The operations once more in float64, as the equations are written, with how clear each decision
 * of the clustering is.
 *
 * @module
 */

/** ‖x_i − x_j‖ / √D, [N, N]. */
export function distances(x: Float32Array, dim: number): Float64Array {
  const n = x.length / dim;
  const d = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) {
      let sum = 0;
      for (let c = 0; c < dim; c++) sum += (x[i * dim + c] - x[j * dim + c]) ** 2;
      d[i * n + j] = d[j * n + i] = Math.sqrt(sum / dim);
    }
  }
  return d;
}

/** ρ_i = exp(−mean of the k smallest d_ij²). */
export function density(d: Float64Array, n: number, neighbours: number): Float64Array {
  const k = Math.min(neighbours, n);
  return Float64Array.from({ length: n }, (_, i) => {
    const nearest = d.slice(i * n, (i + 1) * n).sort().subarray(0, k);
    return Math.exp(-nearest.reduce((sum, v) => sum + v * v, 0) / k);
  });
}

/** δ_i. */
export function separation(d: Float64Array, rho: Float64Array): Float64Array {
  const n = rho.length;
  const farthest = d.reduce((a, b) => Math.max(a, b), 0);
  return rho.map((own, i) => {
    let least = Infinity;
    for (let j = 0; j < n; j++) if (rho[j] > own) least = Math.min(least, d[i * n + j]);
    return least === Infinity ? farthest : least;
  });
}

/** The centres by rank, and the smallest relative gap between scores that put them there. */
export function centres(
  rho: Float64Array,
  delta: Float64Array,
  count: number,
): { centres: number[]; margin: number } {
  const score = rho.map((v, i) => v * delta[i]);
  const order = [...score.keys()].sort((a, b) => score[b] - score[a] || a - b);
  let margin = Infinity;
  for (let r = 0; r < Math.min(count, order.length - 1); r++) {
    margin = Math.min(margin, 1 - score[order[r + 1]] / score[order[r]]);
  }
  return { centres: order.slice(0, count), margin };
}

/** Each token's centre by rank, and how much farther the second nearest is, relatively. */
export function assign(
  d: Float64Array,
  n: number,
  centres: ArrayLike<number>,
): { labels: number[]; margins: number[] } {
  const ranks = Array.from(centres);
  const labels: number[] = [], margins: number[] = [];
  for (let i = 0; i < n; i++) {
    let best = Infinity, second = Infinity, label = 0;
    ranks.forEach((centre, rank) => {
      const distance = d[centre * n + i];
      if (distance < best) {
        second = best;
        best = distance;
        label = rank;
      } else if (distance < second) second = distance;
    });
    const own = ranks.indexOf(i);
    labels.push(own >= 0 ? own : label);
    margins.push(own >= 0 ? Infinity : 1 - best / second);
  }
  return { labels, margins };
}

/** Σ w·x / (Σ w + 1e-6) of every cluster, w = exp(importance). */
export function merge(
  x: Float32Array,
  dim: number,
  labels: ArrayLike<number>,
  clusters: number,
  importance?: ArrayLike<number>,
): Float64Array {
  const sums = new Float64Array(clusters * dim);
  const totals = new Float64Array(clusters).fill(1e-6);
  for (let i = 0; i < labels.length; i++) {
    const weight = importance ? Math.exp(importance[i]) : 1;
    totals[labels[i]] += weight;
    for (let c = 0; c < dim; c++) sums[labels[i] * dim + c] += weight * x[i * dim + c];
  }
  return sums.map((sum, at) => sum / totals[Math.floor(at / dim)]);
}

type Numbers = ArrayLike<number>;

/** x·Wᵀ + b. */
export function linear(x: Numbers, layer: { weight: Numbers; bias: Numbers }): Float64Array {
  const outputs = layer.bias.length, inputs = layer.weight.length / outputs;
  const rows = x.length / inputs;
  const y = new Float64Array(rows * outputs);
  for (let r = 0; r < rows; r++) {
    for (let o = 0; o < outputs; o++) {
      let sum = layer.bias[o];
      for (let i = 0; i < inputs; i++) sum += x[r * inputs + i] * layer.weight[o * inputs + i];
      y[r * outputs + o] = sum;
    }
  }
  return y;
}

/** LayerNorm of every row. */
export function normalise(x: Numbers, norm: { weight: Numbers; bias: Numbers }): Float64Array {
  const dim = norm.weight.length;
  const y = Float64Array.from(x);
  for (let start = 0; start < y.length; start += dim) {
    const row = y.subarray(start, start + dim);
    const mean = row.reduce((sum, v) => sum + v, 0) / dim;
    const variance = row.reduce((sum, v) => sum + (v - mean) ** 2, 0) / dim;
    row.forEach((v, c) => {
      row[c] = (v - mean) / Math.sqrt(variance + 1e-5) * norm.weight[c] + norm.bias[c];
    });
  }
  return y;
}

/** LayerNorm(x + Conv1d(x)). */
export function convolve(
  x: Numbers,
  convolution: Numbers,
  norm: { weight: Numbers; bias: Numbers },
): Float64Array {
  const dim = norm.weight.length, rows = x.length / dim;
  const y = Float64Array.from(x);
  for (let r = 0; r < rows; r++) {
    for (let o = 0; o < dim; o++) {
      for (let tap = 0; tap < 3; tap++) {
        const source = r + tap - 1;
        if (source < 0 || source >= rows) continue;
        for (let i = 0; i < dim; i++) {
          y[r * dim + o] += x[source * dim + i] * convolution[(o * dim + i) * 3 + tap];
        }
      }
    }
  }
  return normalise(y, norm);
}

/** softmax of a list. */
export function softmax(x: Numbers): Float64Array {
  const most = Array.from(x).reduce((a, b) => Math.max(a, b), -Infinity);
  const e = Float64Array.from(x, (v) => Math.exp(v - most));
  const total = e.reduce((a, b) => a + b, 0);
  return e.map((v) => v / total);
}

interface Layer {
  weight: Numbers;
  bias: Numbers;
}

/** merged + attention over x with the importance in the logits (eq. 7). */
export function attend(
  merged: Numbers,
  x: Numbers,
  importance: Numbers,
  weights: { heads: number; norm: Layer; query: Layer; keyValue: Layer; project: Layer },
): Float64Array {
  const dim = weights.norm.weight.length, d = dim / weights.heads;
  const q = linear(normalise(merged, weights.norm), weights.query);
  const kv = linear(normalise(x, weights.norm), weights.keyValue);
  const m = merged.length / dim, n = x.length / dim;
  const mixed = new Float64Array(m * dim);
  for (let i = 0; i < m; i++) {
    for (let h = 0; h < weights.heads; h++) {
      const logits = Float64Array.from({ length: n }, (_, j) => {
        let sum = 0;
        for (let c = h * d; c < (h + 1) * d; c++) sum += q[i * dim + c] * kv[j * 2 * dim + c];
        return sum / Math.sqrt(d) + importance[j];
      });
      softmax(logits).forEach((weight, j) => {
        for (let c = h * d; c < (h + 1) * d; c++) {
          mixed[i * dim + c] += weight * kv[j * 2 * dim + dim + c];
        }
      });
    }
  }
  return linear(mixed, weights.project).map((v, at) => v + merged[at]);
}

/** Eq. 1 on rows as they are. */
export function interact(
  text: Numbers,
  textWeights: Numbers,
  x: Numbers,
  weights: Numbers,
): number {
  const words = textWeights.length, tokens = weights.length, dim = text.length / words;
  const a = (w: number, p: number) => {
    let sum = 0;
    for (let c = 0; c < dim; c++) sum += text[w * dim + c] * x[p * dim + c];
    return sum;
  };
  let wordSide = 0, tokenSide = 0;
  for (let w = 0; w < words; w++) {
    let best = -Infinity;
    for (let p = 0; p < tokens; p++) best = Math.max(best, a(w, p));
    wordSide += textWeights[w] * best;
  }
  for (let p = 0; p < tokens; p++) {
    let best = -Infinity;
    for (let w = 0; w < words; w++) best = Math.max(best, a(w, p));
    tokenSide += weights[p] * best;
  }
  return words === 1 ? tokenSide : (wordSide + tokenSide) / 2;
}
