// The rank of each token's nearest centre, ties by lowest rank; a centre is its own.
// One thread a token, which reads its distance to every centre: M·N reads, neighbouring threads
// neighbouring numbers.

@group(0) @binding(0) var<storage, read> spans: array<Span>;
@group(0) @binding(1) var<storage, read> chosen: array<Span>; // of the centres
@group(0) @binding(2) var<storage, read> d: array<f32>;
@group(0) @binding(3) var<storage, read> centres: array<u32>;
@group(0) @binding(4) var<storage, read_write> labels: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(global_invocation_id) id: vec3<u32>) {
  let clip = spans[group.z];
  let i = id.x;
  if (i >= clip.count) {
    return;
  }
  let ranks = chosen[group.z];
  var least = 3e38;
  var label = 0u;
  for (var rank = 0u; rank < ranks.count; rank++) {
    let centre = centres[ranks.start + rank];
    if (centre == i) {
      label = rank;
      break;
    }
    let distance = d[clip.pairs + centre * clip.count + i];
    if (distance < least) {
      least = distance;
      label = rank;
    }
  }
  labels[clip.start + i] = label;
}
