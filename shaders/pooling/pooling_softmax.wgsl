// Pooling weights of one utterance a workgroup (Eq. 1): weights = softmax over its frames of scores;
// without ATTENTION 1 / length each. Overwrites weights.
//   scores, weights [frames]; sequences [rows] (first frame, length).
struct Uniforms {
  rows: u32,
  frames: u32,
}
#if ${ATTENTION}
@group(0) @binding(0) var<storage, read> scores: array<f32>;
#endif
@group(0) @binding(1) var<storage, read> sequences: array<vec2<u32>>;
@group(0) @binding(2) var<storage, read_write> weights: array<f32>;
@group(0) @binding(3) var<uniform> u: Uniforms;

const LANES = 64u;
var<workgroup> shared_lanes: array<f32, LANES>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) lane: vec3<u32>) {
  let range = sequences[group.x];
  let last = range.x + range.y;
#if ${ATTENTION}
  var highest = -3.4e38;
  for (var t = range.x + lane.x; t < last; t += LANES) {
    highest = max(highest, scores[t]);
  }
  shared_lanes[lane.x] = highest;
  workgroupBarrier();
  for (var i = 0u; i < LANES; i++) {
    highest = max(highest, shared_lanes[i]);
  }
  workgroupBarrier();
  var sum = 0.0;
  for (var t = range.x + lane.x; t < last; t += LANES) {
    sum += exp(scores[t] - highest);
  }
  shared_lanes[lane.x] = sum;
  workgroupBarrier();
  sum = 0.0;
  for (var i = 0u; i < LANES; i++) {
    sum += shared_lanes[i];
  }
  for (var t = range.x + lane.x; t < last; t += LANES) {
    weights[t] = exp(scores[t] - highest) / sum;
  }
#else
  for (var t = range.x + lane.x; t < last; t += LANES) {
    weights[t] = 1.0 / f32(range.y);
  }
#endif
}
