// θ = softmax over the rows of each clip: [N, 1] → [N, 1].
// One workgroup a clip, three reads; 256 bytes of workgroup memory.

@group(0) @binding(0) var<storage, read> spans: array<Span>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

var<workgroup> largest: array<f32, LANES>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let clip = spans[group.z];
  var most = -3e38;
  for (var i = lane; i < clip.count; i += LANES) {
    most = max(most, x[clip.start + i]);
  }
  largest[lane] = most;
  workgroupBarrier();
  for (var other = 0u; other < LANES; other++) {
    most = max(most, largest[other]);
  }
  var sum = 0.0;
  for (var i = lane; i < clip.count; i += LANES) {
    sum += exp(x[clip.start + i] - most);
  }
  let total = row_sum(sum, lane);
  for (var i = lane; i < clip.count; i += LANES) {
    y[clip.start + i] = exp(x[clip.start + i] - most) / total;
  }
}
