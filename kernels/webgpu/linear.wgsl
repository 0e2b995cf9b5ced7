// y = x·Wᵀ + b, then ReLU or a residual where asked for; all rows of a batch at once.
// The product is tile.wgsl's: rows × outputs × inputs multiply-adds.

struct Parameters {
  rows: u32,
  inputs: u32,
  outputs: u32,
  relu: u32,
  add_residual: u32,
}

@group(0) @binding(0) var<uniform> p: Parameters;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> weight: array<f32>; // [outputs, inputs]
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read> residual: array<f32>; // any buffer where unused
@group(0) @binding(5) var<storage, read_write> y: array<f32>;

fn begin(group: vec3<u32>) -> bool {
  return true;
}

fn depth() -> u32 {
  return p.inputs;
}

fn load_left(row: u32, k: u32) -> f32 {
  if (row >= p.rows || k >= p.inputs) {
    return 0.0;
  }
  return x[row * p.inputs + k];
}

fn load_right(column: u32, k: u32) -> f32 {
  if (column >= p.outputs || k >= p.inputs) {
    return 0.0;
  }
  return weight[column * p.inputs + k];
}

fn step(sum: vec4f, a: f32, b: vec4f) -> vec4f {
  return fma(vec4f(a), b, sum);
}

fn store(row: u32, column: u32, sum: f32) {
  if (row >= p.rows || column >= p.outputs) {
    return;
  }
  var value = sum + bias[column];
  if (p.relu != 0u) {
    value = max(value, 0.0);
  }
  let at = row * p.outputs + column;
  if (p.add_residual != 0u) {
    value += residual[at];
  }
  y[at] = value;
}
