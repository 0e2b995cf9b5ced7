// y = x + Conv1d(x) along the tokens of each clip: kernel 3, padding 1, no bias.
// A product (tile.wgsl) over a window of three rows that is never built: column t·D + c of row i
// is column c of row i + t − 1, or 0 where that row belongs to another clip. 3·N·D² multiply-adds.

struct Parameters {
  rows: u32,
  dim: u32,
}

@group(0) @binding(0) var<uniform> p: Parameters;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> taps: array<f32>; // [output, tap, input]
// 1 for a row with a previous row in its clip, 2 for a next one, 3 for both.
@group(0) @binding(3) var<storage, read> neighbours: array<u32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;

fn begin(group: vec3<u32>) -> bool {
  return true;
}

fn depth() -> u32 {
  return 3u * p.dim;
}

fn load_left(row: u32, k: u32) -> f32 {
  if (row >= p.rows || k >= 3u * p.dim) {
    return 0.0;
  }
  let tap = k / p.dim;
  let sides = neighbours[row];
  if ((tap == 0u && (sides & 1u) == 0u) || (tap == 2u && (sides & 2u) == 0u)) {
    return 0.0;
  }
  return x[(row + tap - 1u) * p.dim + k % p.dim];
}

fn load_right(column: u32, k: u32) -> f32 {
  if (column >= p.dim || k >= 3u * p.dim) {
    return 0.0;
  }
  return taps[column * 3u * p.dim + k];
}

fn step(sum: vec4f, a: f32, b: vec4f) -> vec4f {
  return fma(vec4f(a), b, sum);
}

fn store(row: u32, column: u32, sum: f32) {
  if (row < p.rows && column < p.dim) {
    let at = row * p.dim + column;
    y[at] = x[at] + sum;
  }
}
