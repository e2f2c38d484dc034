// The period of each frame's voice: of the peaks of its normalised autocorrelation r at lags 32 .. 267 the first with the
// highest score, height + 0.01 an octave above 60 Hz; SECOND: - 0.1 an octave of distance from the recording's median.
// Where no peak scores above -0.5, all lags count, those that are no peak with -1. A workgroup a frame.
//   r [frames,240], from lag 31 on; decibels [frames]; octaves [236], log2 of each lag's frequency;
//   frame_places [frames] (first sample, t, frames of the recording, row); middles [rows] (quietest level in dB, median in
//   octaves, whether there is one, 0); pitch [frames] (octave, height in 0 .. 0.999, lag - 32, level). Overwrites pitch.
struct Uniforms {
  rows: u32,
  frames: u32,
  lags: u32,   // 240
  count: u32,  // 236
}
@group(0) @binding(0) var<storage, read> r: array<f32>;
@group(0) @binding(1) var<storage, read> decibels: array<f32>;
@group(0) @binding(2) var<storage, read> octaves: array<f32>;
#if ${SECOND}
@group(0) @binding(3) var<storage, read> frame_places: array<vec4<u32>>;
@group(0) @binding(4) var<storage, read> middles: array<vec4<f32>>;
#endif
@group(0) @binding(5) var<storage, read_write> pitch: array<vec4<f32>>;
@group(0) @binding(6) var<uniform> u: Uniforms;

const LANES = 32u;
const NO_PEAK = -1.0;
const CERTAIN = -0.5;
const OCTAVE_OF_60 = 5.906890595608519;

/// Highest score of each lane's peaks, with the distance counted and without, and where; the same if all its lags count.
var<workgroup> best: array<vec4<f32>, LANES>;
var<workgroup> best_of_all: array<vec4<f32>, LANES>;

${flat_group}
@compute @workgroup_size(LANES)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let t = flat_group(group, groups);
  if (t >= u.frames) { return; }
  let row = t * u.lags;
#if ${SECOND}
  let middle = middles[frame_places[t].w];
#endif
  var own = vec4(-3.4e38, -3.4e38, 0.0, 0.0);
  var own_of_all = vec4(-3.4e38, -3.4e38, 0.0, 0.0);
  for (var i = lane; i < u.count; i += LANES) {
    let here = r[row + i + 1u];
    let peak = here > r[row + i] && here >= r[row + i + 2u];
    let score = here + 0.01 * (octaves[i] - OCTAVE_OF_60);
    var far = 0.0;
#if ${SECOND}
    far = 0.1 * middle.z * abs(octaves[i] - middle.y);
#endif
    if (peak) {
      if (score - far > own.x) { own = vec4(score - far, own.y, f32(i), 0.0); }
      own = vec4(own.x, max(own.y, score), own.z, 0.0);
    }
    let any = select(NO_PEAK, score, peak) - far;
    if (any > own_of_all.x) { own_of_all = vec4(any, 0.0, f32(i), 0.0); }
  }
  best[lane] = own;
  best_of_all[lane] = own_of_all;
  workgroupBarrier();
  if (lane > 0u) { return; }
  var chosen = best[0];
  var highest = chosen.y;
  for (var i = 1u; i < LANES; i++) {
    let other = best[i];
    highest = max(highest, other.y);
    if (other.x > chosen.x || (other.x == chosen.x && other.z < chosen.z)) { chosen = other; }
  }
  if (highest < CERTAIN) {
    chosen = best_of_all[0];
    for (var i = 1u; i < LANES; i++) {
      let other = best_of_all[i];
      if (other.x > chosen.x || (other.x == chosen.x && other.z < chosen.z)) { chosen = other; }
    }
  }
  let lag = u32(chosen.z);
  pitch[t] = vec4(octaves[lag], clamp(r[row + lag + 1u], 0.0, 0.999), chosen.z, decibels[t]);
}
