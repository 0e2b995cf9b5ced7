// The yardstick: a plain tiled product of float32, y [m, n] = a [m, k] · b [k, n], all sizes
// multiples of 64. A tile of 64 × 64 a workgroup, 4 × 4 a thread, 16 columns at a time in 8 KiB of
// workgroup memory; no checks, no bias, nothing else.

struct Parameters {
  m: u32,
  n: u32,
  k: u32,
}

@group(0) @binding(0) var<uniform> p: Parameters;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

var<workgroup> left: array<vec4f, 256>;
var<workgroup> right: array<vec4f, 256>;

@compute @workgroup_size(16, 16)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_id) local: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  var sum0 = vec4f();
  var sum1 = vec4f();
  var sum2 = vec4f();
  var sum3 = vec4f();
  for (var start = 0u; start < p.k; start += 16u) {
    for (var i = 0u; i < 64u; i += 16u) {
      let row = lane / 16u + i;
      left[(lane % 16u) * 16u + row / 4u][row % 4u] =
        a[(group.y * 64u + row) * p.k + start + lane % 16u];
      let line = lane / 64u + i / 4u;
      let column = lane % 64u;
      right[line * 16u + column / 4u][column % 4u] =
        b[(start + line) * p.n + group.x * 64u + column];
    }
    workgroupBarrier();
    for (var k = 0u; k < 16u; k++) {
      let u = left[k * 16u + local.y];
      let v = right[k * 16u + local.x];
      sum0 = fma(vec4f(u.x), v, sum0);
      sum1 = fma(vec4f(u.y), v, sum1);
      sum2 = fma(vec4f(u.z), v, sum2);
      sum3 = fma(vec4f(u.w), v, sum3);
    }
    workgroupBarrier();
  }
  let row = group.y * 64u + local.y * 4u;
  let column = group.x * 64u + local.x * 4u;
  for (var c = 0u; c < 4u; c++) {
    y[row * p.n + column + c] = sum0[c];
    y[(row + 1u) * p.n + column + c] = sum1[c];
    y[(row + 2u) * p.n + column + c] = sum2[c];
    y[(row + 3u) * p.n + column + c] = sum3[c];
  }
}
