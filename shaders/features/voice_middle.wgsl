// Of each recording: the level that a voiced frame needs, 35 dB below the highest, and the median octave of the frames that
// are voiced, if they are more than 5. Octaves are of 236 lags: they are counted, not sorted. A workgroup a recording.
//   pitch [frames] (octave, height, lag - 32, level); octaves [236], falling; signals [rows] (first sample, samples, first
//   frame, frames); middles [rows] (quietest level in dB, median in octaves, whether there is one, 0). Overwrites middles.
struct Uniforms {
  rows: u32,
  frames: u32,
  count: u32,  // 236
}
@group(0) @binding(0) var<storage, read> pitch: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> octaves: array<f32>;
@group(0) @binding(2) var<storage, read> signals: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read_write> middles: array<vec4<f32>>;
@group(0) @binding(4) var<uniform> u: Uniforms;

const LANES = 64u;
const COUNT = 236u;
const FEW = 5u;

var<workgroup> counts: array<atomic<u32>, COUNT>;

${lane_sums}
/// The octave of a rank, from the lowest on.
fn octave_of(rank: u32) -> f32 {
  var below = 0u;
  for (var i = COUNT; i > 0u; i--) {
    below += atomicLoad(&counts[i - 1u]);
    if (below > rank) { return octaves[i - 1u]; }
  }
  return octaves[0];
}

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let first = signals[group.x].z;
  let past = first + signals[group.x].w;
  for (var i = lane; i < COUNT; i += LANES) { atomicStore(&counts[i], 0u); }
  var loudest = -3.4e38;
  for (var t = first + lane; t < past; t += LANES) { loudest = max(loudest, pitch[t].w); }
  let quiet = most_of_lanes(lane, vec4(loudest, 0.0, 0.0, 0.0)).x - 35.0;
  for (var t = first + lane; t < past; t += LANES) {
    let own = pitch[t];
    if (own.y > 0.5 && own.w > quiet) { atomicAdd(&counts[u32(own.z)], 1u); }
  }
  workgroupBarrier();
  if (lane > 0u) { return; }
  var voiced = 0u;
  for (var i = 0u; i < COUNT; i++) { voiced += atomicLoad(&counts[i]); }
  var median = 0.0;
  if (voiced > FEW) {
    let half = voiced / 2u;
    median = octave_of(half);
    if (voiced % 2u == 0u) { median = 0.5 * (octave_of(half - 1u) + median); }
  }
  middles[group.x] = vec4(quiet, median, select(0.0, 1.0, voiced > FEW), 0.0);
}
