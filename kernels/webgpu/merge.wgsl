// The mean of each cluster's tokens weighted by w = exp(importance): Σ w·x / (Σ w + 1e-6).
// Two passes:
//   order  one thread a token finds the token's place when the clip is sorted by label and index,
//          by counting: N² comparisons;
//   main   one workgroup a cluster sums its tokens in order of index, one thread a column: N·D
//          multiply-adds in all, and the same bits whatever stands beside the clip.

struct Parameters {
  dim: u32,
  weighted: u32,
}

@group(0) @binding(0) var<uniform> p: Parameters;
@group(0) @binding(1) var<storage, read> spans: array<Span>;
@group(0) @binding(2) var<storage, read> merged_spans: array<Span>;
@group(0) @binding(3) var<storage, read> labels: array<u32>;
@group(0) @binding(4) var<storage, read_write> sorted: array<u32>;
@group(0) @binding(5) var<storage, read_write> first: array<u32>; // where each cluster begins
@group(0) @binding(6) var<storage, read> x: array<f32>;
@group(0) @binding(7) var<storage, read> importance: array<f32>; // any buffer where unused
@group(0) @binding(8) var<storage, read_write> merged: array<f32>;

@compute @workgroup_size(64)
fn order(@builtin(workgroup_id) group: vec3<u32>, @builtin(global_invocation_id) id: vec3<u32>) {
  let clip = spans[group.z];
  let i = id.x;
  if (i >= clip.count) {
    return;
  }
  let own = labels[clip.start + i];
  var lower = 0u; // tokens of clusters before this one
  var earlier = 0u; // tokens of this cluster before this one
  for (var j = 0u; j < clip.count; j++) {
    let label = labels[clip.start + j];
    if (label < own) {
      lower++;
    } else if (label == own && j < i) {
      earlier++;
    }
  }
  sorted[clip.start + lower + earlier] = i;
  if (earlier == 0u) {
    first[merged_spans[group.z].start + own] = lower;
  }
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let clip = spans[group.z];
  let clusters = merged_spans[group.z];
  let cluster = group.x;
  if (cluster >= clusters.count) {
    return;
  }
  let begins = first[clusters.start + cluster];
  var ends = clip.count;
  if (cluster + 1u < clusters.count) {
    ends = first[clusters.start + cluster + 1u];
  }
  for (var column = lane; column < p.dim; column += 64u) {
    var sum = 0.0;
    var total = 1e-6;
    for (var at = begins; at < ends; at++) {
      let token = clip.start + sorted[clip.start + at];
      var weight = 1.0;
      if (p.weighted != 0u) {
        weight = exp(importance[token]);
      }
      sum = fma(weight, x[token * p.dim + column], sum);
      total += weight;
    }
    merged[(clusters.start + cluster) * p.dim + column] = sum / total;
  }
}
