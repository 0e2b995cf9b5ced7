// The rows at some indices of each clip, copied: [N, D], [K, 1] → [K, D]. One thread a number.

struct Parameters {
  dim: u32,
}

@group(0) @binding(0) var<uniform> p: Parameters;
@group(0) @binding(1) var<storage, read> spans: array<Span>;
@group(0) @binding(2) var<storage, read> chosen: array<Span>; // of the indices
@group(0) @binding(3) var<storage, read> indices: array<u32>;
@group(0) @binding(4) var<storage, read> x: array<f32>;
@group(0) @binding(5) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(global_invocation_id) id: vec3<u32>) {
  let rows = chosen[group.z];
  if (id.x >= p.dim || group.y >= rows.count) {
    return;
  }
  let place = rows.start + group.y;
  let source = spans[group.z].start + indices[place];
  y[place * p.dim + id.x] = x[source * p.dim + id.x];
}
