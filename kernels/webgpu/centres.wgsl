// The tokens of the highest score ρ·δ in falling order, ties by lowest index.
// One thread a token: its rank is the number of tokens before it in that order, and it writes
// itself there if it is among the first M. N² comparisons, no sorting, no workgroup memory.

@group(0) @binding(0) var<storage, read> spans: array<Span>;
@group(0) @binding(1) var<storage, read> chosen: array<Span>; // of the centres
@group(0) @binding(2) var<storage, read> density: array<f32>;
@group(0) @binding(3) var<storage, read> separation: array<f32>;
@group(0) @binding(4) var<storage, read_write> centres: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(global_invocation_id) id: vec3<u32>) {
  let clip = spans[group.z];
  let i = id.x;
  if (i >= clip.count) {
    return;
  }
  let own = density[clip.start + i] * separation[clip.start + i];
  var rank = 0u;
  for (var j = 0u; j < clip.count; j++) {
    let score = density[clip.start + j] * separation[clip.start + j];
    if (score > own || (score == own && j < i)) {
      rank++;
    }
  }
  if (rank < chosen[group.z].count) {
    centres[chosen[group.z].start + rank] = i;
  }
}
