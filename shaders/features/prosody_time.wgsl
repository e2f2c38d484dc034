// What prosody36 reads off a frame's samples x_n, n = 0 .. 399, of the signal without its mean divided by its largest
// magnitude (SPEC section 2): zero crossing rate, energy and its entropy into columns 0 to 2, harmonic ratio and pitch into
// 34 and 35 of out; and what its spectrum is to be multiplied by. A workgroup a frame.
//   samples [samples]; levels [rows,4]; frame_places [frames] (first sample, t, frames of the recording, row);
//   out [frames,width], from the column `first` on; scales [frames] (1 / largest magnitude of the signal, 1 if all samples
//   of the frame are the same). Overwrites scales and these columns of out.
struct Uniforms {
  rows: u32,
  samples: u32,
  frames: u32,
  width: u32,
  first: u32,
}
@group(0) @binding(0) var<storage, read> samples: array<f32>;
@group(0) @binding(1) var<storage, read> levels: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> frame_places: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;
@group(0) @binding(4) var<storage, read_write> scales: array<vec2<f32>>;
@group(0) @binding(5) var<uniform> u: Uniforms;

const LANES = 32u;
const WINDOW = 400u;
const RATE = 16000.0;
const EPS = 2.220446049250313e-16;

/// The frame, and zeros that lags may reach into.
const PADDED = 416u;
/// Lags that a lane computes, and that are read: 0 .. LONGEST + 1.
const LONGEST = 256u;
const LAGS = 261u;
/// A block of the entropy is two parts: a lane sums one.
const PARTS = 20u;
const PART = 20u;

var<workgroup> x: array<f32, PADDED>;
/// Energy of the first n samples.
var<workgroup> cumulative: array<f32, 401>;
var<workgroup> parts: array<f32, PARTS>;
/// The autocorrelation, then over its norm.
var<workgroup> r: array<f32, LAGS>;
var<workgroup> gamma: array<f32, LAGS>;
/// The first lag without correlation, the highest peak (as bits: it is positive), the first peak near it.
var<workgroup> first_low: atomic<u32>;
var<workgroup> highest: atomic<u32>;
var<workgroup> period: atomic<u32>;

${lane_sums}
${signal}
fn is_peak(k: u32) -> bool {
  return gamma[k - 1u] < gamma[k] && gamma[k] >= gamma[k + 1u] && gamma[k] > 0.0;
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
  let level = levels[place.w];
  for (var n = lane; n < PADDED; n += LANES) {
    var own = 0.0;
    if (n < WINDOW) { own = centred(samples[place.x + n], level) * level.z; }
    x[n] = own;
  }
  if (lane == 0u) {
    atomicStore(&first_low, LAGS);
    atomicStore(&highest, 0u);
    atomicStore(&period, LAGS);
  }
  workgroupBarrier();

  var crossings = 0.0;
  var changes = 0.0;
  for (var n = lane; n < WINDOW; n += LANES) {
    changes += select(1.0, 0.0, x[n] == x[0]);
    crossings += abs(sign(x[n]) - sign(x[max(n, 1u) - 1u]));
  }
  if (lane < PARTS) {
    var sum = 0.0;
    for (var n = lane * PART; n < (lane + 1u) * PART; n++) { sum += x[n] * x[n]; }
    parts[lane] = sum;
  }
  // the autocorrelation: nine lags a lane, over a window of samples that moves by one
  let lag = 9u * lane;
  if (lag < LAGS) {
    var sum0 = 0.0; var sum1 = 0.0; var sum2 = 0.0; var sum3 = 0.0; var sum4 = 0.0;
    var sum5 = 0.0; var sum6 = 0.0; var sum7 = 0.0; var sum8 = 0.0;
    var y0 = x[lag]; var y1 = x[lag + 1u]; var y2 = x[lag + 2u]; var y3 = x[lag + 3u];
    var y4 = x[lag + 4u]; var y5 = x[lag + 5u]; var y6 = x[lag + 6u]; var y7 = x[lag + 7u];
    for (var n = 0u; n < WINDOW - lag; n++) {
      let own = x[n];
      let y8 = x[n + lag + 8u];
#repeat i in 0..9
      sum$(i) += own * y$(i);
#end
#repeat i in 0..8
      y$(i) = y$(i+1);
#end
    }
#repeat i in 0..9
    r[lag + $(i)u] = sum$(i);
#end
  }
  let sums = sum_of_lanes(lane, vec4(changes, crossings, 0.0, 0.0));
  if (lane < PARTS) {
    var sum = 0.0;
    for (var i = 0u; i < lane; i++) { sum += parts[i]; }
    if (lane == 0u) { cumulative[0] = 0.0; }
    for (var n = lane * PART; n < (lane + 1u) * PART; n++) {
      sum += x[n] * x[n];
      cumulative[n + 1u] = sum;
    }
  }
  let voiced = r[0] > 0.0;
  for (var k = lane + 1u; k <= LONGEST + 1u; k += LANES) {
    if (r[k] <= 0.0) { atomicMin(&first_low, k); }
  }
  workgroupBarrier();
  let energy = cumulative[WINDOW];
  for (var k = lane; k <= LONGEST + 1u; k += LANES) {
    gamma[k] = r[k] / (sqrt((energy - cumulative[k]) * cumulative[WINDOW - k]) + EPS);
  }
  workgroupBarrier();
  let start = atomicLoad(&first_low) + 1u;
  for (var k = start + lane; k <= LONGEST; k += LANES) {
    if (voiced && is_peak(k)) { atomicMax(&highest, bitcast<u32>(gamma[k])); }
  }
  workgroupBarrier();
  let ratio = bitcast<f32>(atomicLoad(&highest));
  for (var k = start + lane; k <= LONGEST; k += LANES) {
    if (voiced && gamma[k] >= 0.85 * ratio && is_peak(k)) { atomicMin(&period, k); }
  }
  workgroupBarrier();
  if (lane > 0u) { return; }

  let at = t * u.width + u.first;
  scales[t] = vec2(level.z, select(0.0, 1.0, sums.x == 0.0));
  out[at] = sums.y / 2.0 / f32(WINDOW - 1u);
  out[at + 1u] = energy / f32(WINDOW);
  var entropy = 0.0;
  for (var block = 0u; block < PARTS / 2u; block++) {
    let share = (parts[2u * block] + parts[2u * block + 1u]) / (energy + EPS);
    entropy -= share * log2(share + EPS);
  }
  out[at + 2u] = entropy;
  out[at + 34u] = min(ratio, 1.0);
  var pitch = 0.0;
  let k = atomicLoad(&period);
  if (ratio >= 0.45 && k < LAGS) {
    let bend = gamma[k - 1u] - 2.0 * gamma[k] + gamma[k + 1u];
    let shift = select(0.0, 0.5 * (gamma[k - 1u] - gamma[k + 1u]) / bend, bend < 0.0);
    pitch = RATE / (f32(k) + shift);
  }
  out[at + 35u] = pitch;
}
