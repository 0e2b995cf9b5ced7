// softmax(QKᵀ / √d + I) V of every head, I the importance of a key (eq. 7), with an online softmax:
// the logits of 64 queries and 32 keys at a time, so that memory does not grow with M·N.
// One workgroup of 16 × 16 threads for 64 queries of a head of a clip. A thread holds the logits of
// 4 queries × 2 keys, then the sums of the same 4 queries × d/16 columns, in registers. Workgroup
// memory: 6.4 KiB for 16 columns of Q and K at a time, 8.3 KiB of logits, 0.8 KiB of row states.
// 2·M·N·D multiply-adds, M·N·heads exponentials; K and V are read M/64 times.
// Keys are visited in ascending order of 32, whatever stands beside the clip.
// HEAD (the width of a head, at most 128) is put before this text.

struct Parameters {
  heads: u32,
  scale: f32,
}

@group(0) @binding(0) var<uniform> p: Parameters;
@group(0) @binding(1) var<storage, read> query_spans: array<Span>;
@group(0) @binding(2) var<storage, read> key_spans: array<Span>;
@group(0) @binding(3) var<storage, read> queries: array<f32>; // [M, D]
@group(0) @binding(4) var<storage, read> keys_values: array<f32>; // [N, 2D], keys first
@group(0) @binding(5) var<storage, read> importance: array<f32>; // [N, 1]
@group(0) @binding(6) var<storage, read_write> y: array<f32>; // [M, D]

const QUERIES = 64u;
const KEYS = 32u;
const DEPTH = 16u;
const COLUMNS = (HEAD + 15u) / 16u;
const FAR_BELOW = -3e38;

var<workgroup> q_part: array<vec4f, DEPTH * 17u>;
var<workgroup> k_part: array<vec2f, DEPTH * 17u>;
var<workgroup> logits: array<f32, QUERIES * (KEYS + 1u)>;
var<workgroup> row_most: array<f32, QUERIES>;
var<workgroup> row_total: array<f32, QUERIES>;
var<workgroup> row_scale: array<f32, QUERIES>;

@compute @workgroup_size(16, 16)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_id) local: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let q_clip = query_spans[group.z];
  let k_clip = key_spans[group.z];
  let first_query = group.x * QUERIES;
  if (first_query >= q_clip.count) {
    return;
  }
  let dim = p.heads * HEAD;
  let head = group.y * HEAD;
  let k_loaded = lane % DEPTH;
  let line = lane / DEPTH;
  if (lane < QUERIES) {
    row_most[lane] = FAR_BELOW;
    row_total[lane] = 0.0;
  }
  var sums: array<vec4f, COLUMNS>; // column local.x + 16c of 4 queries
  for (var c = 0u; c < COLUMNS; c++) {
    sums[c] = vec4f();
  }

  for (var first_key = 0u; first_key < k_clip.count; first_key += KEYS) {
    // QKᵀ of 64 × 32
    var product0 = vec4f();
    var product1 = vec4f();
    for (var start = 0u; start < HEAD; start += DEPTH) {
      let column = start + k_loaded;
      for (var i = 0u; i < QUERIES; i += 16u) {
        let query = line + i;
        var value = 0.0;
        if (column < HEAD && first_query + query < q_clip.count) {
          value = queries[(q_clip.start + first_query + query) * dim + head + column];
        }
        q_part[k_loaded * 17u + query / 4u][query % 4u] = value;
      }
      for (var i = 0u; i < KEYS; i += 16u) {
        let key = line + i;
        var value = 0.0;
        if (column < HEAD && first_key + key < k_clip.count) {
          value = keys_values[(k_clip.start + first_key + key) * 2u * dim + head + column];
        }
        k_part[k_loaded * 17u + key / 2u][key % 2u] = value;
      }
      workgroupBarrier();
      for (var k = 0u; k < DEPTH; k++) {
        let q = q_part[k * 17u + local.y];
        let key = k_part[k * 17u + local.x];
        product0 = fma(q, vec4f(key.x), product0);
        product1 = fma(q, vec4f(key.y), product1);
      }
      workgroupBarrier();
    }
    let key = first_key + 2u * local.x;
    var added0 = 0.0;
    var added1 = 0.0;
    if (key < k_clip.count) {
      added0 = importance[k_clip.start + key];
    }
    if (key + 1u < k_clip.count) {
      added1 = importance[k_clip.start + key + 1u];
    }
    for (var i = 0u; i < 4u; i++) {
      let at = (4u * local.y + i) * (KEYS + 1u) + 2u * local.x;
      logits[at] = fma(product0[i], p.scale, added0);
      logits[at + 1u] = fma(product1[i], p.scale, added1);
    }
    workgroupBarrier();

    // the softmax so far
    let here = min(KEYS, k_clip.count - first_key);
    if (lane < QUERIES) {
      let row = lane * (KEYS + 1u);
      var most = row_most[lane];
      for (var k = 0u; k < here; k++) {
        most = max(most, logits[row + k]);
      }
      let scale = exp(row_most[lane] - most);
      var total = row_total[lane] * scale;
      for (var k = 0u; k < here; k++) {
        let weight = exp(logits[row + k] - most);
        logits[row + k] = weight;
        total += weight;
      }
      row_most[lane] = most;
      row_total[lane] = total;
      row_scale[lane] = scale;
    }
    workgroupBarrier();

    // times V
    let row = 4u * local.y;
    let scale = vec4f(
      row_scale[row],
      row_scale[row + 1u],
      row_scale[row + 2u],
      row_scale[row + 3u],
    );
    for (var c = 0u; c < COLUMNS; c++) {
      sums[c] *= scale;
    }
    for (var k = 0u; k < here; k++) {
      let at = row * (KEYS + 1u) + k;
      let weights = vec4f(
        logits[at],
        logits[at + KEYS + 1u],
        logits[at + 2u * (KEYS + 1u)],
        logits[at + 3u * (KEYS + 1u)],
      );
      let values = ((k_clip.start + first_key + k) * 2u + 1u) * dim + head;
      for (var c = 0u; c < COLUMNS; c++) {
        let column = min(local.x + 16u * c, HEAD - 1u);
        sums[c] = fma(weights, vec4f(keys_values[values + column]), sums[c]);
      }
    }
    workgroupBarrier();
  }

  for (var i = 0u; i < 4u; i++) {
    let query = 4u * local.y + i;
    if (first_query + query < q_clip.count) {
      let to = (q_clip.start + first_query + query) * dim + head;
      for (var c = 0u; c < COLUMNS; c++) {
        let column = local.x + 16u * c;
        if (column < HEAD) {
          y[to + column] = sums[c][i] / row_total[query];
        }
      }
    }
  }
}
