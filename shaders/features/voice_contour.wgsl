// The pitch of each recording over time, in semitones above 27.5 Hz: of voiced frames (height above 0.5, loud enough) the
// running median of 5, between them a straight line, before the first and after the last its own value; 24 where none is.
// With fewer than 5 frames there is no median, and past the ends it takes zeros. A workgroup a recording; a lane takes a
// run of frames.
//   pitch [frames] (octave, height, lag - 32, level); middles [rows] (quietest level, ...); signals [rows] (first sample,
//   samples, first frame, frames); contour [frames] (semitones, voiced, height, level). Overwrites contour.
struct Uniforms {
  rows: u32,
  frames: u32,
}
@group(0) @binding(0) var<storage, read> pitch: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> middles: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> signals: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read_write> contour: array<vec4<f32>>;
@group(0) @binding(4) var<uniform> u: Uniforms;

const LANES = 64u;
const OCTAVE_OF_27 = 4.78135971352466;
const UNKNOWN = 24.0;
const NONE = 0xffffffffu;

/// The first and the last voiced frame of each lane's run; NONE where there is none.
var<workgroup> firsts: array<u32, LANES>;
var<workgroup> lasts: array<u32, LANES>;

fn is_voiced(t: u32, quiet: f32) -> bool {
  return pitch[t].y > 0.5 && pitch[t].w > quiet;
}

fn semitones(t: i32, first: i32, past: i32) -> f32 {
  if (t < first || t >= past) { return 0.0; }
  return 12.0 * (pitch[t].x - OCTAVE_OF_27);
}

/// Running median of 5.
fn smooth_at(at: u32, first: u32, past: u32) -> f32 {
  let t = i32(at);
  let low = i32(first);
  let end = i32(past);
  let c = semitones(t, low, end);
  if (past - first < 5u) { return c; }
  let a = semitones(t - 2, low, end);
  let b = semitones(t - 1, low, end);
  let d = semitones(t + 1, low, end);
  let e = semitones(t + 2, low, end);
  // the median of c, the larger of the smaller two and the smaller of the larger two of a, b, d, e
  let f = max(min(a, b), min(d, e));
  let g = min(max(a, b), max(d, e));
  return max(min(f, g), min(max(f, g), c));
}

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let first = signals[group.x].z;
  let past = first + signals[group.x].w;
  let quiet = middles[group.x].x;
  let run = (past - first + LANES - 1u) / LANES;
  let begin = min(first + lane * run, past);
  let end = min(begin + run, past);
  var own_first = NONE;
  var own_last = NONE;
  for (var t = begin; t < end; t++) {
    if (!is_voiced(t, quiet)) { continue; }
    if (own_first == NONE) { own_first = t; }
    own_last = t;
  }
  firsts[lane] = own_first;
  lasts[lane] = own_last;
  workgroupBarrier();

  var before = NONE;
  for (var i = 0u; i < lane; i++) {
    if (lasts[i] != NONE) { before = lasts[i]; }
  }
  var beyond = NONE;
  for (var i = LANES; i > lane + 1u; i--) {
    if (firsts[i - 1u] != NONE) { beyond = firsts[i - 1u]; }
  }
  var t = begin;
  while (t < end) {
    // the frames up to the next voiced one, or up to the end of the run
    var next = t;
    while (next < end && !is_voiced(next, quiet)) { next++; }
    let after = select(beyond, next, next < end);
    var value = UNKNOWN;
    var slope = 0.0;
    var origin = t;
    if (before != NONE) {
      value = smooth_at(before, first, past);
      origin = before;
      if (after != NONE) { slope = (smooth_at(after, first, past) - value) / f32(after - before); }
    } else if (after != NONE) {
      value = smooth_at(after, first, past);
    }
    for (; t < next; t++) {
      let own = pitch[t];
      contour[t] = vec4(value + slope * f32(t - origin), 0.0, own.y, own.w);
    }
    if (next < end) {
      let own = pitch[next];
      contour[next] = vec4(smooth_at(next, first, past), 1.0, own.y, own.w);
      before = next;
      t = next + 1u;
    }
  }
}
