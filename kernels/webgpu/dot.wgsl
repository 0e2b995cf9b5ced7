// y = x·w + b, a linear layer with one output, where a tile of 64 columns would be wasted.
// One workgroup a row, one read of it; 256 bytes of workgroup memory.

struct Parameters {
  rows: u32,
  inputs: u32,
}

@group(0) @binding(0) var<uniform> p: Parameters;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> weight: array<f32>;
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
  var product = 0.0;
  for (var c = lane; c < p.inputs; c += LANES) {
    product = fma(x[row * p.inputs + c], weight[c], product);
  }
  let sum = row_sum(product, lane);
  if (lane == 0u) {
    y[row] = sum + bias[0];
  }
}
