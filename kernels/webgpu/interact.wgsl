// Weighted token-wise interaction of one text with every clip (eq. 1):
// ½(Σ_w θ_w max_p a_wp + Σ_p θ_p max_w a_wp), or Σ_p θ_p a_p for a single word.
// One workgroup of 16 × 16 threads a clip. It walks the clip in tiles of 32 tokens × 32 words, 2 × 2
// a thread, 16 columns at a time (4.5 KiB), puts the similarities of a tile into workgroup memory
// (4.1 KiB) and folds them into a maximum a word and one a token. W·N·D multiply-adds; the text
// stays in the cache, each clip is read once for every 32 words.

const TOKENS = 32u;
const WORDS = 32u;
const DEPTH = 16u;
const MOST_WORDS = 256u;
const FAR_BELOW = -3e38;

struct Parameters {
  dim: u32,
  words: u32,
  clips: u32,
}

@group(0) @binding(0) var<uniform> p: Parameters;
@group(0) @binding(1) var<storage, read> spans: array<Span>;
@group(0) @binding(2) var<storage, read> text: array<f32>; // [W, D]
@group(0) @binding(3) var<storage, read> text_weights: array<f32>;
@group(0) @binding(4) var<storage, read> x: array<f32>; // [N, D]
@group(0) @binding(5) var<storage, read> weights: array<f32>;
@group(0) @binding(6) var<storage, read_write> scores: array<f32>;

var<workgroup> token_part: array<vec2f, DEPTH * 17u>;
var<workgroup> word_part: array<vec2f, DEPTH * 17u>;
var<workgroup> similarities: array<f32, TOKENS * (WORDS + 1u)>;
var<workgroup> word_best: array<f32, MOST_WORDS>;
var<workgroup> token_best: array<f32, TOKENS>;

@compute @workgroup_size(16, 16)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) grid: vec3<u32>,
  @builtin(local_invocation_id) local: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let b = group.y * grid.x + group.x;
  if (b >= p.clips) {
    return;
  }
  let clip = spans[b];
  let k_loaded = lane % DEPTH;
  let line = lane / DEPTH;
  word_best[lane] = FAR_BELOW;
  var token_side = 0.0; // of thread 0
  for (var first_token = 0u; first_token < clip.count; first_token += TOKENS) {
    if (lane < TOKENS) {
      token_best[lane] = FAR_BELOW;
    }
    for (var first_word = 0u; first_word < p.words; first_word += WORDS) {
      var sum0 = vec2f();
      var sum1 = vec2f();
      for (var start = 0u; start < p.dim; start += DEPTH) {
        let column = start + k_loaded;
        for (var i = 0u; i < 32u; i += 16u) {
          let at = line + i;
          var token = 0.0;
          var word = 0.0;
          if (column < p.dim && first_token + at < clip.count) {
            token = x[(clip.start + first_token + at) * p.dim + column];
          }
          if (column < p.dim && first_word + at < p.words) {
            word = text[(first_word + at) * p.dim + column];
          }
          token_part[k_loaded * 17u + at / 2u][at % 2u] = token;
          word_part[k_loaded * 17u + at / 2u][at % 2u] = word;
        }
        workgroupBarrier();
        for (var k = 0u; k < DEPTH; k++) {
          let token = token_part[k * 17u + local.y];
          let word = word_part[k * 17u + local.x];
          sum0 = fma(vec2f(token.x), word, sum0);
          sum1 = fma(vec2f(token.y), word, sum1);
        }
        workgroupBarrier();
      }
      let at = 2u * local.y * (WORDS + 1u) + 2u * local.x;
      similarities[at] = sum0.x;
      similarities[at + 1u] = sum0.y;
      similarities[at + WORDS + 1u] = sum1.x;
      similarities[at + WORDS + 2u] = sum1.y;
      workgroupBarrier();
      let tokens_here = min(TOKENS, clip.count - first_token);
      let words_here = min(WORDS, p.words - first_word);
      if (lane < tokens_here) {
        var best = token_best[lane];
        for (var w = 0u; w < words_here; w++) {
          best = max(best, similarities[lane * (WORDS + 1u) + w]);
        }
        token_best[lane] = best;
      } else if (lane >= 64u && lane - 64u < words_here) {
        let w = lane - 64u;
        var best = word_best[first_word + w];
        for (var t = 0u; t < tokens_here; t++) {
          best = max(best, similarities[t * (WORDS + 1u) + w]);
        }
        word_best[first_word + w] = best;
      }
      workgroupBarrier();
    }
    if (lane == 0u) {
      for (var t = 0u; t < min(TOKENS, clip.count - first_token); t++) {
        token_side = fma(weights[clip.start + first_token + t], token_best[t], token_side);
      }
    }
    workgroupBarrier();
  }
  if (lane == 0u) {
    var word_side = 0.0;
    for (var w = 0u; w < p.words; w++) {
      word_side = fma(text_weights[w], word_best[w], word_side);
    }
    scores[b] = select((word_side + token_side) / 2.0, token_side, p.words == 1u);
  }
}
