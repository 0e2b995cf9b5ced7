// Σ θ_i x_i over the rows of each clip: [N, D], [N, 1] → [1, D].
// One thread a column, rows in ascending order: N·D multiply-adds, neighbouring threads read
// neighbouring numbers.

struct Parameters {
  dim: u32,
}

@group(0) @binding(0) var<uniform> p: Parameters;
@group(0) @binding(1) var<storage, read> spans: array<Span>;
@group(0) @binding(2) var<storage, read> x: array<f32>;
@group(0) @binding(3) var<storage, read> weights: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(global_invocation_id) id: vec3<u32>) {
  let clip = spans[group.z];
  let column = id.x;
  if (column >= p.dim) {
    return;
  }
  var sum = 0.0;
  for (var row = clip.start; row < clip.start + clip.count; row++) {
    sum = fma(weights[row], x[row * p.dim + column], sum);
  }
  y[group.z * p.dim + column] = sum;
}
