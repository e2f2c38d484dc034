// Functionals of every feature over an utterance's frames x_t, t = 0 .. T - 1, kind after kind, `dimensions` values
// each: the mean; the population deviation; the quantiles 0.05, 0.25, 0.5, 0.75, 0.95, linear between order
// statistics; the mean of |x_t - x_(t-1)|. Last comes ln(T) / 10.
//   features [frames,width]; sequences [rows] (first frame, length); out [rows,out_width].
// Overwrites out, with zeros past 8 dimensions + 1. A lane a feature of an utterance: none waits for another, and
// neighbours read neighbours. Order statistics are selected: the frames are counted in bins of equal width, and only
// those in the bins that hold an order statistic are sorted; where they are too many, each is found by bisection.
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

/// The quantiles, in twentieths.
const TWENTIETHS = array<u32, 5>(1u, 5u, 10u, 15u, 19u);

const BINS = 128u;
const MOST = 256u;           // values that are sorted
const WANTED = 0x80000000u;  // mark of a bin whose values are sorted

/// Frames of each bin; then, of those whose values are sorted, where in `list` their next one goes.
var<private> bins: array<u32, BINS>;
var<private> list: array<f32, MOST>;

/// The frames of a feature: first index, index past the last, least value, bins in a unit.
struct Column {
  first: u32,
  past: u32,
  least: f32,
  scale: f32,
}

/// Never falls as x rises.
fn bin_of(column: Column, x: f32) -> u32 {
  return u32(clamp((x - column.least) * column.scale, 0.0, f32(BINS - 1u)));
}

/// An integer for each float, in the same order.
fn key_of(x: f32) -> u32 {
  let bits = bitcast<u32>(x);
  return select(bits | 0x80000000u, ~bits, bits >= 0x80000000u);
}

fn value_of(key: u32) -> f32 {
  return bitcast<f32>(select(~key, key & 0x7fffffffu, key >= 0x80000000u));
}

/// The order statistic of a rank from 0, which is in a bin, and the next one: by bisection between values.
fn bisected(column: Column, rank: u32, bin: u32, most: f32) -> vec2<f32> {
  var low = most;
  var high = column.least;
  for (var i = column.first; i < column.past; i += u.width) {
    let x = features[i];
    if (bin_of(column, x) == bin) {
      low = min(low, x);
      high = max(high, x);
    }
  }
  while (low < high) {
    let middle = value_of(key_of(low) + (key_of(high) - key_of(low)) / 2u);
    var within = 0u;
    var lower = low;
    var higher = high;
    for (var i = column.first; i < column.past; i += u.width) {
      let x = features[i];
      if (x <= middle) {
        within++;
        lower = max(lower, x);
      } else {
        higher = min(higher, x);
      }
    }
    if (within > rank) { high = lower; } else { low = higher; }
  }
  var within = 0u;
  var next = most;
  for (var i = column.first; i < column.past; i += u.width) {
    let x = features[i];
    if (x <= low) { within++; } else { next = min(next, x); }
  }
  return vec2(low, select(next, low, within > rank + 1u));
}

@compute @workgroup_size(LANES)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let feature = id.x;
  let row = id.y;
  if (feature >= u.dimensions) { return; }
  let frames = sequences[row].y;
  let first = sequences[row].x * u.width + feature;
  let past = first + frames * u.width;

  var least = features[first];
  var most = least;
  var before = least;
  var sum = 0.0;
  var steps = 0.0;
  for (var i = first; i < past; i += u.width) {
    let x = features[i];
    sum += x;
    steps += abs(x - before);
    least = min(least, x);
    most = max(most, x);
    before = x;
  }
  let mean = sum / f32(frames);
  let range = most - least;
  let column = Column(first, past, least, select(0.0, f32(BINS) / range, range > 1e-30));

  for (var i = 0u; i < BINS; i++) { bins[i] = 0u; }
  var squares = 0.0;
  for (var i = first; i < past; i += u.width) {
    let x = features[i];
    squares += (x - mean) * (x - mean);
    bins[bin_of(column, x)]++;
  }

  // the quantiles' places, in twentieths to compute them exactly, and the bins that hold them or what comes next
#repeat q in 0..5
  let place$(q) = TWENTIETHS[$(q)] * (frames - 1u);
  let rank$(q) = place$(q) / 20u;
  var bin$(q) = 0u;
  var at$(q) = 0u;
#end
  var below = 0u;
  var listed = 0u;
  for (var i = 0u; i < BINS; i++) {
    let count = bins[i];
    var wanted = false;
#repeat q in 0..5
    if (rank$(q) - below < count) {
      bin$(q) = i;
      at$(q) = listed + rank$(q) - below;
      wanted = true;
    }
    wanted = wanted || rank$(q) + 1u - below < count;
#end
    bins[i] = select(0u, WANTED + listed, wanted);
    listed += select(0u, count, wanted);
    below += count;
  }

  if (listed <= MOST) {
    for (var i = first; i < past; i += u.width) {
      let x = features[i];
      let bin = bin_of(column, x);
      let to = bins[bin];
      if (to >= WANTED) {
        list[to - WANTED] = x;
        bins[bin] = to + 1u;
      }
    }
    // the bins are in order already
    for (var i = 1u; i < listed; i++) {
      let x = list[i];
      var j = i;
      for (; j > 0u && list[max(j, 1u) - 1u] > x; j--) { list[j] = list[j - 1u]; }
      list[j] = x;
    }
  }

  let own = row * u.out_width + feature;
  let kind = u.dimensions;
#repeat q in 0..5
  var two$(q) = vec2(list[min(at$(q), MOST - 1u)], list[min(at$(q) + 1u, min(listed, MOST) - 1u)]);
  if (listed > MOST) { two$(q) = bisected(column, rank$(q), bin$(q), most); }
  out[own + $(q+2) * kind] = two$(q).x + f32(place$(q) % 20u) / 20.0 * (two$(q).y - two$(q).x);
#end
  out[own] = mean;
  out[own + kind] = sqrt(squares / f32(frames));
  out[own + 7u * kind] = steps / f32(max(frames, 2u) - 1u);
  if (feature == 0u) {
    let last = row * u.out_width + 8u * kind;
    out[last] = log(f32(frames)) / 10.0;
    for (var i = last + 1u; i < (row + 1u) * u.out_width; i++) { out[i] = 0.0; }
  }
}
