// float16 → float32, two numbers a thread. Needs no feature of the device.

struct Parameters {
  pairs: u32,
  count: u32,
}

@group(0) @binding(0) var<uniform> p: Parameters;
@group(0) @binding(1) var<storage, read> halves: array<u32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) grid: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let pair = (group.y * grid.x + group.x) * 64u + lane;
  if (pair >= p.pairs) {
    return;
  }
  let values = unpack2x16float(halves[pair]);
  y[2u * pair] = values.x;
  if (2u * pair + 1u < p.count) {
    y[2u * pair + 1u] = values.y;
  }
}
