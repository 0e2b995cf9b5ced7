// ρ_i = exp(−mean of the k smallest d_ij²), the token itself included.
// One thread a token. It walks a column of the symmetric matrix, so that neighbouring threads read
// neighbouring numbers, and keeps the k smallest in registers by insertion. N² reads, at most
// k·N² comparisons, no workgroup memory. NEIGHBOURS is put before this text.

@group(0) @binding(0) var<storage, read> spans: array<Span>;
@group(0) @binding(1) var<storage, read> d: array<f32>;
@group(0) @binding(2) var<storage, read_write> density: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(global_invocation_id) id: vec3<u32>) {
  let clip = spans[group.z];
  let i = id.x;
  if (i >= clip.count) {
    return;
  }
  var smallest: array<f32, NEIGHBOURS>; // ascending
  for (var n = 0u; n < NEIGHBOURS; n++) {
    smallest[n] = 3e38;
  }
  for (var j = 0u; j < clip.count; j++) {
    var value = d[clip.pairs + j * clip.count + i];
    if (value < smallest[NEIGHBOURS - 1u]) {
      for (var n = 0u; n < NEIGHBOURS; n++) {
        let low = min(smallest[n], value);
        value = max(smallest[n], value);
        smallest[n] = low;
      }
    }
  }
  let k = min(NEIGHBOURS, clip.count);
  var sum = 0.0;
  for (var n = 0u; n < k; n++) {
    sum += smallest[n] * smallest[n];
  }
  density[clip.start + i] = exp(-sum / f32(k));
}
