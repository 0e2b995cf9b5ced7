// Every row divided by its L2 norm; a row of zeros stays.
// One workgroup a row, two reads of it; 256 bytes of workgroup memory.

struct Parameters {
  rows: u32,
  dim: u32,
}

@group(0) @binding(0) var<uniform> p: Parameters;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

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
  var squares = 0.0;
  for (var c = lane; c < p.dim; c += LANES) {
    let value = x[row * p.dim + c];
    squares = fma(value, value, squares);
  }
  let square = row_sum(squares, lane);
  var scale = 0.0;
  if (square > 0.0) {
    scale = 1.0 / sqrt(square);
  }
  for (var c = lane; c < p.dim; c += LANES) {
    y[row * p.dim + c] = x[row * p.dim + c] * scale;
  }
}
