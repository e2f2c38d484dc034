// Functionals of every feature over an utterance's frames x_t, t = 0 .. T - 1, kind after kind, `dimensions` values
// each: the mean; the population deviation; the quantiles 0.05, 0.25, 0.5, 0.75, 0.95, linear between order
// statistics; the mean of |x_t - x_(t-1)|. Last comes ln(T) / 10.
//   features [frames,width]; sequences [rows] (first frame, length); out [rows,out_width].
// Overwrites out, with zeros past 8 dimensions + 1. A lane a feature of an utterance; no lane waits for another, and
// neighbours read neighbours. An order statistic is found by bisecting the floats in their order, bit by bit: the
// least one that more than `rank` frames do not exceed. All five share a pass over the frames, at most 32 in all.
struct Uniforms {
  rows: u32,
  frames: u32,
  width: u32,
  dimensions: u32,
  out_width: u32,
}
@group(0) @binding(0) var<storage, read> features: array<f32>;
@group(0) @binding(1) var<storage, read> sequences: array<vec2<u32>>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;
@group(0) @binding(3) var<uniform> u: Uniforms;

override LANES = 32u;

/// The quantiles in twentieths, to compute their places among the frames exactly.
const TWENTIETHS = array<u32, 5>(1u, 5u, 10u, 15u, 19u);
/// Frames that are added up before their sum is added to the others: it keeps the rounding small.
const CHUNK = 32u;

/// An integer for each float, in the same order.
fn key_of(x: f32) -> u32 {
  let bits = bitcast<u32>(x);
  return select(bits | 0x80000000u, ~bits, bits >= 0x80000000u);
}

fn value_of(key: u32) -> f32 {
  return bitcast<f32>(select(~key, key & 0x7fffffffu, key >= 0x80000000u));
}

@compute @workgroup_size(LANES)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let feature = id.x;
  let row = id.y;
  if (feature >= u.dimensions) { return; }
  let frames = sequences[row].y;
  let first = sequences[row].x * u.width + feature;
  let last = first + (frames - 1u) * u.width;

  var least = features[first];
  var most = least;
  var before = least;
  var sum = 0.0;
  var steps = 0.0;
  for (var begin = first; begin <= last; begin += CHUNK * u.width) {
    let stop = min(last, begin + (CHUNK - 1u) * u.width);
    var own = vec2(0.0);
    for (var i = begin; i <= stop; i += u.width) {
      let x = features[i];
      own += vec2(x, abs(x - before));
      least = min(least, x);
      most = max(most, x);
      before = x;
    }
    sum += own.x;
    steps += own.y;
  }
  let mean = sum / f32(frames);

  var squares = 0.0;
  for (var begin = first; begin <= last; begin += CHUNK * u.width) {
    let stop = min(last, begin + (CHUNK - 1u) * u.width);
    var own = 0.0;
    for (var i = begin; i <= stop; i += u.width) {
      let d = features[i] - mean;
      own += d * d;
    }
    squares += own;
  }

#repeat q in 0..5
  let rank$(q) = TWENTIETHS[$(q)] * (frames - 1u) / 20u;
  var low$(q) = key_of(least);
  var high$(q) = key_of(most);
#end
  loop {
    var open = false;
#repeat q in 0..5
    open = open || low$(q) < high$(q);
    let middle$(q) = low$(q) + (high$(q) - low$(q)) / 2u;
    let limit$(q) = value_of(middle$(q));
    var count$(q) = 0u;
#end
    if (!open) { break; }
    for (var i = first; i <= last; i += u.width) {
      let x = features[i];
#repeat q in 0..5
      count$(q) += select(0u, 1u, x <= limit$(q));
#end
    }
#repeat q in 0..5
    if (count$(q) > rank$(q)) { high$(q) = middle$(q); } else { low$(q) = min(middle$(q) + 1u, high$(q)); }
#end
  }

  // the next order statistic is the same value if enough frames have it, else the least one above
#repeat q in 0..5
  let at$(q) = value_of(high$(q));
  var above$(q) = most;
  var within$(q) = 0u;
#end
  for (var i = first; i <= last; i += u.width) {
    let x = features[i];
#repeat q in 0..5
    within$(q) += select(0u, 1u, x <= at$(q));
    above$(q) = min(above$(q), select(most, x, x > at$(q)));
#end
  }

  let own = row * u.out_width + feature;
  let kind = u.dimensions;
  out[own] = mean;
  out[own + kind] = sqrt(squares / f32(frames));
#repeat q in 0..5
  let next$(q) = select(above$(q), at$(q), within$(q) > rank$(q) + 1u);
  let share$(q) = f32(TWENTIETHS[$(q)] * (frames - 1u) % 20u) / 20.0;
  out[own + $(q+2) * kind] = at$(q) + share$(q) * (next$(q) - at$(q));
#end
  out[own + 7u * kind] = steps / f32(max(frames, 2u) - 1u);
  if (feature == 0u) {
    let end = row * u.out_width + 8u * kind;
    out[end] = log(f32(frames)) / 10.0;
    for (var i = end + 1u; i < (row + 1u) * u.out_width; i++) { out[i] = 0.0; }
  }
}
