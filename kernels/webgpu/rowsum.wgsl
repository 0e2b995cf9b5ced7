// The sum of one number a thread over a workgroup of 64, a tree of six steps; put before the
// kernels that give a workgroup a row. Every thread gets the sum.
const LANES = 64u;

var<workgroup> partial: array<f32, LANES>;

fn row_sum(value: f32, lane: u32) -> f32 {
  partial[lane] = value;
  workgroupBarrier();
  for (var half = LANES / 2u; half > 0u; half /= 2u) {
    if (lane < half) {
      partial[lane] += partial[lane + half];
    }
    workgroupBarrier();
  }
  let sum = partial[0];
  workgroupBarrier();
  return sum;
}

// The row of a workgroup in a grid that folds at the largest size of a dimension.
fn row_of(group: vec3<u32>, grid: vec3<u32>) -> u32 {
  return group.y * grid.x + group.x;
}

