// The level of each recording's signal x: its mean as two numbers, whose sum is nearer to it than one number can be;
// 1 / (max |x - mean| + 1e-10); and a power of two that is at least max |x|. A workgroup a recording.
//   samples [samples]; signals [rows] (first sample, samples, first frame, frames); levels [rows,4]. Overwrites levels.
// Samples are summed as integers, which round nothing: a float32 mean would be off by as much as quiet frames are loud.
struct Uniforms {
  rows: u32,
  samples: u32,
}
@group(0) @binding(0) var<storage, read> samples: array<f32>;
@group(0) @binding(1) var<storage, read> signals: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read_write> levels: array<vec4<f32>>;
@group(0) @binding(3) var<uniform> u: Uniforms;

const LANES = 128u;
/// Steps of a sample from 0 to the power of two that holds it.
const STEPS = 8388608;

/// High and low words of each lane's sum: high * 65536 + low.
var<workgroup> words: array<vec2<u32>, LANES>;

${lane_sums}
@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let first = signals[group.x].x;
  let count = signals[group.x].y;
  let past = first + count;
  var extremes = vec2(-3.4e38);
  for (var i = first + lane; i < past; i += LANES) {
    extremes = max(extremes, vec2(samples[i], -samples[i]));
  }
  let most = most_of_lanes(lane, vec4(extremes, 0.0, 0.0));
  let size = exp2(ceil(log2(clamp(max(most.x, most.y), 1e-30, 1e30))));
  let unit = size / f32(STEPS);
  var own = vec2(0u);
  for (var i = first + lane; i < past; i += LANES) {
    let x = u32(clamp(i32(round(samples[i] / unit)), -STEPS, STEPS) + STEPS);
    let low = own.y + (x & 0xffffu);
    own = vec2(own.x + (x >> 16u) + (low >> 16u), low & 0xffffu);
  }
  words[lane] = own;
  workgroupBarrier();
  if (lane > 0u) { return; }
  var all = vec2(0u);
  for (var i = 0u; i < LANES; i++) { all += words[i]; }
  let high = all.x + (all.y >> 16u);
  // long division, in digits of 8 bits
  let a = (high % count) * 256u + ((all.y >> 8u) & 0xffu);
  let b = (a % count) * 256u + (all.y & 0xffu);
  let steps = (high / count) * 65536u + (a / count) * 256u + b / count;
  let mean = f32(i32(steps) - STEPS) * unit;
  let rest = f32(b % count) / f32(count) * unit;
  let peak = max((most.x - mean) - rest, (most.y + mean) + rest);
  levels[group.x] = vec4(mean, rest, 1.0 / (peak + 1e-10), size);
}
