// The product that linear, convolve and distances share: a 64 × 64 tile of the result a workgroup,
// 4 × 4 of it a thread in registers, with 16 columns of both operands at a time in workgroup
// memory (2 × 4.25 KiB; rows of 17 vectors instead of 16 spread the banks).
// A result is summed over k in ascending order by one thread, so it has the same bits wherever its
// row stands. Reads of each operand: one in 64 of the multiply-adds.
//
// The kernel says what is multiplied:
//   fn begin(group: vec3<u32>) -> bool          whether this workgroup has a tile; uniform
//   fn depth() -> u32                           the length of the sum
//   fn load_left(row: u32, k: u32) -> f32       0 outside
//   fn load_right(column: u32, k: u32) -> f32   0 outside
//   fn step(sum: vec4f, a: f32, b: vec4f) -> vec4f
//   fn store(row: u32, column: u32, sum: f32)   drops what lies outside

const TILE = 64u;
const DEPTH = 16u;
const STRIDE = 17u;

var<workgroup> left: array<vec4f, DEPTH * STRIDE>;
var<workgroup> right: array<vec4f, DEPTH * STRIDE>;

@compute @workgroup_size(16, 16)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_id) local: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  if (!begin(group)) {
    return;
  }
  let first_row = group.y * TILE;
  let first_column = group.x * TILE;
  let k_loaded = lane % DEPTH;
  let line = lane / DEPTH;
  var sum0 = vec4f();
  var sum1 = vec4f();
  var sum2 = vec4f();
  var sum3 = vec4f();
  let end = depth();
  for (var start = 0u; start < end; start += DEPTH) {
    for (var i = 0u; i < TILE; i += 16u) {
      let at = line + i;
      left[k_loaded * STRIDE + at / 4u][at % 4u] = load_left(first_row + at, start + k_loaded);
      right[k_loaded * STRIDE + at / 4u][at % 4u] = load_right(first_column + at, start + k_loaded);
    }
    workgroupBarrier();
    for (var k = 0u; k < DEPTH; k++) {
      let a = left[k * STRIDE + local.y];
      let b = right[k * STRIDE + local.x];
      sum0 = step(sum0, a.x, b);
      sum1 = step(sum1, a.y, b);
      sum2 = step(sum2, a.z, b);
      sum3 = step(sum3, a.w, b);
    }
    workgroupBarrier();
  }
  let row = first_row + local.y * 4u;
  let column = first_column + local.x * 4u;
  for (var c = 0u; c < 4u; c++) {
    store(row, column + c, sum0[c]);
    store(row + 1u, column + c, sum1[c]);
    store(row + 2u, column + c, sum2[c]);
    store(row + 3u, column + c, sum3[c]);
  }
}
