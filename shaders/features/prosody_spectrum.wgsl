// What prosody36 reads off a frame's magnitudes m_k = |X_k| / 200, k = 0 .. 199, those below 1e-12 as 0 (SPEC section 2,
// after pyAudioAnalysis): columns 3 to 33 of out: centroid, spread, entropy, flux, rolloff, 13 MFCC, 12 chroma and their
// deviation. A workgroup a frame.
//   re, im [frames,200], of the signal without its mean; scales [frames] (1 / peak of the recording, whether the frame is
//   constant); frame_places [frames] (first sample, t, frames of the recording, row); bands [52] (first entry, past the
//   last) of entries (bin, weight): 40 mel bands, then 12 pitch classes; dct [13,40]; out [frames,width], from the column
//   `first` on. Overwrites these columns of out.
// What float32 leaves of a bin that is exactly 0 is below 2^-30 of the largest: it counts as 0 too.
struct Uniforms {
  frames: u32,
  bins: u32,     // 200
  entries: u32,
  width: u32,
  first: u32,
}
@group(0) @binding(0) var<storage, read> re: array<f32>;
@group(0) @binding(1) var<storage, read> im: array<f32>;
@group(0) @binding(2) var<storage, read> scales: array<vec2<f32>>;
@group(0) @binding(3) var<storage, read> frame_places: array<vec4<u32>>;
@group(0) @binding(4) var<storage, read> bands: array<vec2<u32>>;
@group(0) @binding(5) var<storage, read> entries: array<vec2<f32>>;
@group(0) @binding(6) var<storage, read> dct: array<f32>;
@group(0) @binding(7) var<storage, read_write> out: array<f32>;
@group(0) @binding(8) var<uniform> u: Uniforms;

const LANES = 32u;
const BINS = 200u;
const BLOCKS = 10u;
const BLOCK = 20u;
const MELS = 40u;
const MFCCS = 13u;
const CLASSES = 12u;
const BIN_HZ = 40.0;
const NYQUIST = 8000.0;
const EPS = 2.220446049250313e-16;
const NOISE = 9.3132257461547852e-10;
const LOG10_2 = 0.30102999566398120;

/// Magnitudes of this frame, and of the one before.
var<workgroup> own: array<f32, BINS>;
var<workgroup> before: array<f32, BINS>;
/// Power of each block.
var<workgroup> blocks: array<f32, BLOCKS>;
var<workgroup> log_mel: array<f32, MELS>;
var<workgroup> chroma: array<f32, CLASSES>;
var<workgroup> rolloff: atomic<u32>;

${lane_sums}
fn magnitude(t: u32, k: u32) -> f32 {
  let scale = scales[t];
  let m = length(vec2(re[t * BINS + k], im[t * BINS + k]) * scale.x) / f32(BINS);
  // a constant is in the first bin alone
  return select(m, 0.0, m < 1e-12 || (k > 0u && scale.y > 0.0));
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
  let starts = frame_places[t].y == 0u;
  var most = vec4(0.0);
  for (var k = lane; k < BINS; k += LANES) {
    let m = magnitude(t, k);
    own[k] = m;
    var last = 0.0;
    if (!starts) { last = magnitude(t - 1u, k); }
    before[k] = last;
    most = max(most, vec4(m, last, 0.0, 0.0));
  }
  if (lane == 0u) { atomicStore(&rolloff, BINS); }
  let peaks = most_of_lanes(lane, most);
  let peak = peaks.x;
  var local = vec4(0.0);  // power, sum of own, sum of before
  for (var k = lane; k < BINS; k += LANES) {
    let m = select(own[k], 0.0, own[k] < NOISE * peak);
    let last = select(before[k], 0.0, before[k] < NOISE * peaks.y);
    own[k] = m;
    before[k] = last;
    local += vec4(m * m, m, last, 0.0);
  }
  let sums = sum_of_lanes(lane, local);
  let power = sums.x;
  let scale = select(peak, EPS, peak == 0.0);

  var shape = vec4(0.0);  // mass, moment, flux
  for (var k = lane; k < BINS; k += LANES) {
    let share = own[k] / scale;
    let change = own[k] / (sums.y + f32(BINS) * EPS) - before[k] / (sums.z + f32(BINS) * EPS);
    shape += vec4(share, f32(k + 1u) * BIN_HZ * share, change * change, 0.0);
  }
  if (lane < BLOCKS) {
    var sum = 0.0;
    for (var k = lane * BLOCK; k < (lane + 1u) * BLOCK; k++) { sum += own[k] * own[k]; }
    blocks[lane] = sum;
  }
  for (var i = lane; i < MELS + CLASSES; i += LANES) {
    var sum = 0.0;
    for (var e = bands[i].x; e < bands[i].y; e++) {
      let m = own[u32(entries[e].x)];
      sum += select(m * m, m, i < MELS) * entries[e].y;
    }
    if (i < MELS) {
      log_mel[i] = LOG10_2 * log2(sum + EPS);
    } else {
      chroma[i - MELS] = sum / select(power, EPS, power == 0.0);
    }
  }
  let shapes = sum_of_lanes(lane, shape);
  let mass = shapes.x + EPS;
  let centroid = shapes.y / mass;
  var spread = 0.0;
  for (var k = lane; k < BINS; k += LANES) {
    let far = f32(k + 1u) * BIN_HZ - centroid;
    spread += far * far * (own[k] / scale);
  }
  if (lane < BLOCKS) {
    var below = 0.0;
    for (var block = 0u; block < lane; block++) { below += blocks[block]; }
    for (var k = lane * BLOCK; k < (lane + 1u) * BLOCK; k++) {
      below += own[k] * own[k];
      if (below + EPS > 0.9 * power) {
        atomicMin(&rolloff, k);
        break;
      }
    }
  }
  let at = t * u.width + u.first;
  for (var c = lane; c < MFCCS; c += LANES) {
    var sum = 0.0;
    for (var i = 0u; i < MELS; i++) { sum += dct[c * MELS + i] * log_mel[i]; }
    out[at + 8u + c] = sum;
  }
  for (var c = lane; c < CLASSES; c += LANES) { out[at + 21u + c] = chroma[c]; }
  let variance = sum_of_lanes(lane, vec4(spread, 0.0, 0.0, 0.0)).x / mass;
  if (lane > 0u) { return; }

  out[at + 3u] = centroid / NYQUIST;
  out[at + 4u] = sqrt(variance) / NYQUIST;
  var entropy = 0.0;
  for (var block = 0u; block < BLOCKS; block++) {
    let share = blocks[block] / (power + EPS);
    entropy -= share * log2(share + EPS);
  }
  out[at + 5u] = entropy;
  out[at + 6u] = select(shapes.z, 0.0, starts);
  let reached = atomicLoad(&rolloff);
  out[at + 7u] = select(f32(reached) / f32(BINS), 0.0, reached == BINS);
  var mean = 0.0;
  for (var c = 0u; c < CLASSES; c++) { mean += chroma[c] / f32(CLASSES); }
  var square = 0.0;
  for (var c = 0u; c < CLASSES; c++) { square += (chroma[c] - mean) * (chroma[c] - mean) / f32(CLASSES); }
  out[at + 33u] = sqrt(square);
}
