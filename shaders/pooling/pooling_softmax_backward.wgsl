// Gradient of the pooling scores of one utterance a workgroup: d_scores[t] = a_t (e_t - sum_s a_s e_s)
// with a the pooling weights and e_t = d_pooled . y_t. Overwrites d_scores.
//   weights, e, d_scores [frames]; sequences [rows] (first frame, length).
struct Uniforms {
  rows: u32,
  frames: u32,
}
@group(0) @binding(0) var<storage, read> weights: array<f32>;
@group(0) @binding(1) var<storage, read> e: array<f32>;
@group(0) @binding(2) var<storage, read> sequences: array<vec2<u32>>;
@group(0) @binding(3) var<storage, read_write> d_scores: array<f32>;
@group(0) @binding(4) var<uniform> u: Uniforms;

const LANES = 64u;
var<workgroup> shared_lanes: array<f32, LANES>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) lane: vec3<u32>) {
  let range = sequences[group.x];
  let last = range.x + range.y;
  var sum = 0.0;
  for (var t = range.x + lane.x; t < last; t += LANES) {
    sum += weights[t] * e[t];
  }
  shared_lanes[lane.x] = sum;
  workgroupBarrier();
  sum = 0.0;
  for (var i = 0u; i < LANES; i++) {
    sum += shared_lanes[i];
  }
  for (var t = range.x + lane.x; t < last; t += LANES) {
    d_scores[t] = weights[t] * (e[t] - sum);
  }
}
