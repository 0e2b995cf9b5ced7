// d_ij = ‖x_i − x_j‖ / √D of every pair of tokens of a clip, summed from the differences: no
// cancellation, and exactly 0 between identical tokens. The product of tile.wgsl with its multiply
// replaced; tiles below the diagonal are the mirror of those above it and are not computed.
// ½·N²·D differences and squares, 4·N² bytes a clip; one clip a z.

struct Parameters {
  dim: u32,
}

@group(0) @binding(0) var<uniform> p: Parameters;
@group(0) @binding(1) var<storage, read> spans: array<Span>;
@group(0) @binding(2) var<storage, read> x: array<f32>;
@group(0) @binding(3) var<storage, read_write> d: array<f32>;

var<private> clip: Span;

fn begin(group: vec3<u32>) -> bool {
  clip = spans[group.z];
  return group.x >= group.y && group.x * TILE < clip.count;
}

fn depth() -> u32 {
  return p.dim;
}

fn load_left(row: u32, k: u32) -> f32 {
  if (row >= clip.count || k >= p.dim) {
    return 0.0;
  }
  return x[(clip.start + row) * p.dim + k];
}

fn load_right(column: u32, k: u32) -> f32 {
  return load_left(column, k);
}

fn step(sum: vec4f, a: f32, b: vec4f) -> vec4f {
  let difference = a - b;
  return fma(difference, difference, sum);
}

fn store(row: u32, column: u32, sum: f32) {
  if (row >= clip.count || column >= clip.count) {
    return;
  }
  let distance = sqrt(sum / f32(p.dim));
  d[clip.pairs + row * clip.count + column] = distance;
  d[clip.pairs + column * clip.count + row] = distance;
}
