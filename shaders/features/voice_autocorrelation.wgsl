// The autocorrelation of the 40 ms around a frame's middle, Hann-windowed, over its energy and over the window's own
// autocorrelation (Boersma 1993), at lags 31 .. 268; and the level in dB, 10 log10(energy / 640 + 1e-10) with energy = sum
// of squares + 1e-9. A workgroup a frame; samples outside of the recording are 0.
//   samples [samples]; levels [rows,4]; signals [rows] (first sample, samples, first frame, frames);
//   frame_places [frames] (first sample, t, frames of the recording, row); window [640]; scales [240], 1 / the window's
//   own at lag 31 + i, 0 past the last; r [frames,240]; decibels [frames]. Overwrites r and decibels.
struct Uniforms {
  rows: u32,
  samples: u32,
  frames: u32,
  wide: u32,  // 640
  lags: u32,  // 240
}
@group(0) @binding(0) var<storage, read> samples: array<f32>;
@group(0) @binding(1) var<storage, read> levels: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> signals: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read> frame_places: array<vec4<u32>>;
@group(0) @binding(4) var<storage, read> window: array<f32>;
@group(0) @binding(5) var<storage, read> scales: array<f32>;
@group(0) @binding(6) var<storage, read_write> r: array<f32>;
@group(0) @binding(7) var<storage, read_write> decibels: array<f32>;
@group(0) @binding(8) var<uniform> u: Uniforms;

const LANES = 32u;
const WIDE = 640u;
/// The frame, and zeros that lags may reach into.
const PADDED = 656u;
/// Samples before the frame's own.
const BEFORE = 120u;
const FIRST_LAG = 31u;
const LAGS = 240u;

var<workgroup> x: array<f32, PADDED>;

${lane_sums}
${signal}
${flat_group}
@compute @workgroup_size(LANES)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let t = flat_group(group, groups);
  if (t >= u.frames) { return; }
  let place = frame_places[t];
  let level = levels[place.w];
  let begin = signals[place.w].x;
  let past = begin + signals[place.w].y;
  var local = 0.0;
  for (var n = lane; n < PADDED; n += LANES) {
    var own = 0.0;
    let at = place.x + n;  // BEFORE past where it is
    if (n < WIDE && at >= begin + BEFORE && at < past + BEFORE) {
      own = centred(samples[at - BEFORE], level) * window[n];
    }
    x[n] = own;
    local += own * own;
  }
  // waits for x, too
  let energy = sum_of_lanes(lane, vec4(local, 0.0, 0.0, 0.0)).x + 1e-9;
  if (lane == 0u) { decibels[t] = 3.0102999566398120 * log2(energy / f32(WIDE) + 1e-10); }
  // eight lags a lane, over a window of samples that moves by one
  let own_lag = 8u * lane;
  if (own_lag >= LAGS) { return; }
  let lag = FIRST_LAG + own_lag;
  var sum0 = 0.0; var sum1 = 0.0; var sum2 = 0.0; var sum3 = 0.0;
  var sum4 = 0.0; var sum5 = 0.0; var sum6 = 0.0; var sum7 = 0.0;
  var y0 = x[lag]; var y1 = x[lag + 1u]; var y2 = x[lag + 2u]; var y3 = x[lag + 3u];
  var y4 = x[lag + 4u]; var y5 = x[lag + 5u]; var y6 = x[lag + 6u];
  for (var n = 0u; n < WIDE - lag; n++) {
    let own = x[n];
    let y7 = x[n + lag + 7u];
#repeat i in 0..8
    sum$(i) += own * y$(i);
#end
#repeat i in 0..7
    y$(i) = y$(i+1);
#end
  }
  let at = t * LAGS + own_lag;
#repeat i in 0..8
  r[at + $(i)u] = sum$(i) / energy * scales[own_lag + $(i)u];
#end
}
