// The 20 columns of voice20 of a frame: its pitch, level and periodicity, and what its power spectrum P_k = |X_k|^2 / 400,
// k = 0 .. 256, says of the voice (SPEC section 5; Eyben et al. 2016). A workgroup a frame.
//   re, im [frames,260]; contour [frames] (semitones, voiced, height, level); frame_places [frames] (first sample, t, frames
//   of the recording, row); bands [43] (first entry, past the last) of entries (bin, weight): 40 mel bands, then 3 lines
//   fitted to levels; dct [13,40]; out [frames,width], from the column `first` on. Overwrites these columns of out.
struct Uniforms {
  frames: u32,
  bins: u32,  // 260
  entries: u32,
  width: u32,
  first: u32,
}
@group(0) @binding(0) var<storage, read> re: array<f32>;
@group(0) @binding(1) var<storage, read> im: array<f32>;
@group(0) @binding(2) var<storage, read> contour: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> frame_places: array<vec4<u32>>;
@group(0) @binding(4) var<storage, read> bands: array<vec2<u32>>;
@group(0) @binding(5) var<storage, read> entries: array<vec2<f32>>;
@group(0) @binding(6) var<storage, read> dct: array<f32>;
@group(0) @binding(7) var<storage, read_write> out: array<f32>;
@group(0) @binding(8) var<uniform> u: Uniforms;

const LANES = 32u;
const BINS = 257u;
const STRIDE = 260u;
const BIN_HZ = 31.25;
const MELS = 40u;
const LINES = 3u;
const MFCCS = 4u;
/// Bins at 50, 1000, 2000, 2200, 3200 and 5000 Hz: the first that is not below.
const AT_50 = 2u;
const AT_1000 = 32u;
const AT_2000 = 64u;
const AT_2200 = 71u;
const AT_3200 = 103u;
const AT_5000 = 160u;

var<workgroup> power: array<f32, BINS>;
var<workgroup> before: array<f32, BINS>;
var<workgroup> log_mel: array<f32, MELS>;
var<workgroup> slopes: array<f32, LINES>;

${lane_sums}
fn decibels(x: f32) -> f32 {
  return 3.0102999566398120 * log2(x + 1e-10);
}

fn power_of(t: u32, k: u32) -> f32 {
  let x = vec2(re[t * STRIDE + k], im[t * STRIDE + k]);
  return dot(x, x) / 400.0;
}

/// Level of the strongest of three bins around a frequency.
fn harmonic(hz: f32) -> f32 {
  // halves up, as Math.round
  let k = u32(clamp(floor(hz / BIN_HZ + 0.5), 1.0, f32(BINS - 3u)));
  return decibels(max(max(power[k - 1u], power[k]), power[k + 1u]));
}

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
  var sums = vec4(0.0);  // total, total before, moment
  var ratio = vec4(0.0); // power from 50 and from 1000 Hz on
  var most = vec4(0.0);  // strongest below 2000 Hz, below 5000 Hz, of the third formant
  for (var k = lane; k < BINS; k += LANES) {
    let own = power_of(t, k);
    power[k] = own;
    var last = 0.0;
    if (place.y > 0u) { last = power_of(t - 1u, k); }
    before[k] = last;
    sums += vec4(own, last, f32(k) * BIN_HZ * own, 0.0);
    if (k >= AT_50 && k < AT_1000) { ratio += vec4(own, 0.0, 0.0, 0.0); }
    if (k >= AT_1000 && k < AT_5000) { ratio += vec4(0.0, own, 0.0, 0.0); }
    if (k < AT_2000) { most = max(most, vec4(own, 0.0, 0.0, 0.0)); }
    if (k >= AT_2000 && k < AT_5000) { most = max(most, vec4(0.0, own, 0.0, 0.0)); }
    if (k >= AT_2200 && k < AT_3200) { most = max(most, vec4(0.0, 0.0, own, 0.0)); }
  }
  let total = sum_of_lanes(lane, sums);
  let alpha = sum_of_lanes(lane, ratio);
  let strongest = most_of_lanes(lane, most);

  var change = 0.0;
  for (var k = lane; k < BINS; k += LANES) {
    let own = power[k] / (total.x + 1e-9) - before[k] / (total.y + 1e-9);
    change += own * own;
  }
  for (var i = lane; i < MELS + LINES; i += LANES) {
    var sum = 0.0;
    for (var e = bands[i].x; e < bands[i].y; e++) {
      let own = power[u32(entries[e].x)];
      if (i < MELS) { sum += entries[e].y * own; } else { sum += entries[e].y * decibels(own); }
    }
    if (i < MELS) { log_mel[i] = log(sum + 1e-10); } else { slopes[i - MELS] = sum; }
  }
  let square = sum_of_lanes(lane, vec4(change, 0.0, 0.0, 0.0)).x;
  var loud = 0.0;
  for (var i = lane; i < MELS; i += LANES) { loud += exp(0.3 * log_mel[i]); }
  let loudness = log(sum_of_lanes(lane, vec4(loud, 0.0, 0.0, 0.0)).x + 1e-6);
  let at = t * u.width + u.first;
  for (var c = lane; c < MFCCS; c += LANES) {
    var sum = 0.0;
    for (var i = 0u; i < MELS; i++) { sum += dct[(c + 1u) * MELS + i] * log_mel[i]; }
    out[at + 15u + c] = sum;
  }
  if (lane > 0u) { return; }

  let own = contour[t];
  let f0 = 27.5 * exp2(own.x / 12.0);
  let first = harmonic(f0);
  out[at] = own.x;
  out[at + 1u] = own.y;
  out[at + 2u] = own.z;
  out[at + 3u] = 3.0102999566398120 * log2(own.z / (1.0 - own.z) + 1e-3);
  out[at + 4u] = own.w;
  out[at + 5u] = loudness;
  out[at + 6u] = decibels(alpha.x) - decibels(alpha.y);
  out[at + 7u] = decibels(strongest.x) - decibels(strongest.y);
  out[at + 8u] = slopes[0];
  out[at + 9u] = slopes[1];
  out[at + 10u] = slopes[2];
  out[at + 11u] = select(10.0 * sqrt(square), 0.0, place.y == 0u);
  out[at + 12u] = first - harmonic(2.0 * f0);
  out[at + 13u] = first - decibels(strongest.z);
  out[at + 14u] = log(total.z / (total.x + 1e-9) + 100.0);
  let back = select(1u, 0u, place.y == 0u);
  let on = select(1u, 0u, place.y + 1u == place.z);
  out[at + 19u] = (contour[t + on].x - contour[t - back].x) / f32(max(back + on, 1u));
}
