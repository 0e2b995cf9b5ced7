// The indices of the highest scores of each clip in ascending order of index, ties by lowest index
// (FFSM, eq. 3). One workgroup a clip: the rank of every row by counting, then the place of every
// kept row by counting the kept rows before it. N² comparisons, 16 KiB of workgroup memory.

const MOST = 4096u;

@group(0) @binding(0) var<storage, read> spans: array<Span>;
@group(0) @binding(1) var<storage, read> chosen: array<Span>; // of the kept rows
@group(0) @binding(2) var<storage, read> scores: array<f32>;
@group(0) @binding(3) var<storage, read_write> indices: array<u32>;

var<workgroup> kept: array<u32, MOST>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let clip = spans[group.z];
  let keep = chosen[group.z];
  for (var i = lane; i < clip.count; i += 64u) {
    let own = scores[clip.start + i];
    var rank = 0u;
    for (var j = 0u; j < clip.count; j++) {
      let score = scores[clip.start + j];
      if (score > own || (score == own && j < i)) {
        rank++;
      }
    }
    kept[i] = select(0u, 1u, rank < keep.count);
  }
  workgroupBarrier();
  for (var i = lane; i < clip.count; i += 64u) {
    if (kept[i] == 1u) {
      var place = 0u;
      for (var j = 0u; j < i; j++) {
        place += kept[j];
      }
      indices[keep.start + place] = i;
    }
  }
}
