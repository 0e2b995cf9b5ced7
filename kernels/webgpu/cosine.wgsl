// The cosine of one vector with every row (eq. 3); 0 where either is zero.
// One workgroup a row, one read of it; 256 bytes of workgroup memory.

struct Parameters {
  rows: u32,
  dim: u32,
}

@group(0) @binding(0) var<uniform> p: Parameters;
@group(0) @binding(1) var<storage, read> query: array<f32>;
@group(0) @binding(2) var<storage, read> x: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

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
  var query_squares = 0.0;
  var squares = 0.0;
  for (var c = lane; c < p.dim; c += LANES) {
    let value = x[row * p.dim + c];
    product = fma(value, query[c], product);
    query_squares = fma(query[c], query[c], query_squares);
    squares = fma(value, value, squares);
  }
  let numerator = row_sum(product, lane);
  let query_norm = sqrt(row_sum(query_squares, lane));
  let norm = sqrt(row_sum(squares, lane));
  if (lane == 0u) {
    y[row] = select(0.0, numerator / (query_norm * norm), query_norm > 0.0 && norm > 0.0);
  }
}
