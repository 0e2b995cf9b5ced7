// δ_i, the distance to the nearest token of strictly higher density; the largest distance of the
// clip where there is none (eq. 6). Two passes, one thread a token in both:
//   nearest   walks a column of the matrix for the minimum, and for the column's own maximum;
//   farthest  gives the tokens without a denser one the maximum of the maxima.
// N² reads and N for each densest token.

@group(0) @binding(0) var<storage, read> spans: array<Span>;
@group(0) @binding(1) var<storage, read> d: array<f32>;
@group(0) @binding(2) var<storage, read> density: array<f32>;
@group(0) @binding(3) var<storage, read_write> separation: array<f32>;
@group(0) @binding(4) var<storage, read_write> reach: array<f32>; // each token's largest distance

const NONE = -1.0;

@compute @workgroup_size(64)
fn nearest(@builtin(workgroup_id) group: vec3<u32>, @builtin(global_invocation_id) id: vec3<u32>) {
  let clip = spans[group.z];
  let i = id.x;
  if (i >= clip.count) {
    return;
  }
  let own = density[clip.start + i];
  var least = 3e38;
  var most = 0.0;
  for (var j = 0u; j < clip.count; j++) {
    let distance = d[clip.pairs + j * clip.count + i];
    most = max(most, distance);
    if (density[clip.start + j] > own) {
      least = min(least, distance);
    }
  }
  separation[clip.start + i] = select(NONE, least, least < 3e38);
  reach[clip.start + i] = most;
}

@compute @workgroup_size(64)
fn farthest(@builtin(workgroup_id) group: vec3<u32>, @builtin(global_invocation_id) id: vec3<u32>) {
  let clip = spans[group.z];
  let i = clip.start + id.x;
  if (id.x >= clip.count || separation[i] != NONE) {
    return;
  }
  var most = 0.0;
  for (var j = 0u; j < clip.count; j++) {
    most = max(most, reach[clip.start + j]);
  }
  separation[i] = most;
}
