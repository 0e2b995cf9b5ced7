// LayerNorm of every row: mean, then variance about it, then gain and bias; epsilon 1e-5.
// One workgroup a row, three reads of it; 256 bytes of workgroup memory.

struct Parameters {
  rows: u32,
  dim: u32,
}

@group(0) @binding(0) var<uniform> p: Parameters;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> gain: array<f32>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) grid: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = row_of(group, grid);
  if (row >= p.rows) {
    return;
  }
  var sum = 0.0;
  for (var c = lane; c < p.dim; c += LANES) {
    sum += x[row * p.dim + c];
  }
  let mean = row_sum(sum, lane) / f32(p.dim);
  var squares = 0.0;
  for (var c = lane; c < p.dim; c += LANES) {
    let difference = x[row * p.dim + c] - mean;
    squares = fma(difference, difference, squares);
  }
  let scale = 1.0 / sqrt(row_sum(squares, lane) / f32(p.dim) + 1e-5);
  for (var c = lane; c < p.dim; c += LANES) {
    y[row * p.dim + c] = fma((x[row * p.dim + c] - mean) * scale, gain[c], bias[c]);
  }
}
