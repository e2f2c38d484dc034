// Augmentation of a batch's frames: utterance r is cropped to `kept` frames from frame `first` of `frames` on,
// stretched to its length by taking the nearest frame, and each feature c gets a gain and an offset:
//   out[t,c] = (1 + gain n_c) frames[first + source(t), c] + offset m_c,  source(t) = (t + 1/2) kept / length
// but 0 in each masked run of frames and of neighbouring features (SpecAugment, Park et al. 2019): a run's
// length is uniform from 0 to a limit, and so is its start among those where it fits.
// n_c, m_c ~ N(0, 1) (Box and Muller 1958) and all else are drawn from step and utterance alone, by counter:
//   0, 1: crop and stretch, by the host;  2 + 2 i: time mask i;  3 + 2 i: feature mask i;  65536 + c: feature c
//   frames [source_frames,width]; sources [rows]; sequences [rows] and out [steps,width] as the network has them
// Overwrites out; columns from `features` on are 0. width is a multiple of 4; a lane four columns of SPAN frames.
struct Uniforms {
  rows: u32,
  steps: u32,
  longest: u32,   // of the lengths
  source_frames: u32,
  width: u32,
  features: u32,
  time_masks: u32,
  time_share: f32,       // limit of a time mask, of the length
  feature_masks: u32,
  feature_limit: u32,
  gain: f32,
  offset: f32,
  stream_0: u32,
  stream_1: u32,
}
@group(0) @binding(0) var<storage, read> frames: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> sources: array<vec4<u32>>;  // (first, kept, 2^31 kept / length, utterance)
@group(0) @binding(2) var<storage, read> sequences: array<vec2<u32>>;  // (first step, length)
@group(0) @binding(3) var<storage, read_write> out: array<vec4<f32>>;
@group(0) @binding(4) var<uniform> u: Uniforms;

override LANES = 64u;
const SPAN = 32u;

${threefry}
${normals}
${runs}
@compute @workgroup_size(LANES)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let width4 = u.width / 4u;
  let column4 = id.x % width4;
  let from_step = id.x / width4 * SPAN;
  let sequence = sequences[id.y];
  if (from_step >= sequence.y) { return; }
  let source = sources[id.y];
  let stream = vec2(u.stream_0, u.stream_1);

  let count = min(SPAN, sequence.y - from_step);
  var masked = 0u;
  let limit = min(sequence.y, u32(u.time_share * f32(sequence.y)));
  for (var i = 0u; i < u.time_masks; i++) {
    let run = run_of(threefry(stream, vec2(source.w, 2u + 2u * i)), sequence.y, limit);
    for (var t = max(run.x, from_step); t < min(run.y, from_step + count); t++) { masked |= 1u << (t - from_step); }
  }
  var gain = vec4(0.0);
  var offset = vec4(0.0);
  let columns = 4u * column4 + vec4(0u, 1u, 2u, 3u);
  var hidden = columns >= vec4(u.features);
  for (var i = 0u; i < u.feature_masks; i++) {
    let run = run_of(threefry(stream, vec2(source.w, 3u + 2u * i)), u.features, u.feature_limit);
    hidden = hidden | ((columns >= vec4(run.x)) & (columns < vec4(run.y)));
  }
  for (var k = 0u; k < 4u; k++) {
    let column = columns[k];
    if (hidden[k]) { continue; }
    let own = normals(threefry(stream, vec2(source.w, 65536u + column)));
    gain[k] = 1.0 + u.gain * own.x;
    offset[k] = u.offset * own.y;
  }
  for (var j = 0u; j < count; j++) {
    let t = from_step + j;
    let at = source.x + min(high(2u * t + 1u, source.z), source.y - 1u);
    let value = select(gain * frames[at * width4 + column4] + offset, vec4(0.0), ((masked >> j) & 1u) == 1u);
    out[(sequence.x + t) * width4 + column4] = value;
  }
}
