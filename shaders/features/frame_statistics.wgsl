// Mean and deviation with which the frames of each span are normalised: own moments of the frames, and those of a prior
// with the weight 1 - share (SPEC section 5, Normalisation by speaker): mean = s m + (1 - s) m0, variance = s v + (1 - s) v0 +
// s (1 - s) (m - m0)^2. share 1: over the span itself; 0: by what is known. A lane a column of a span.
//   values [frames,width]; spans [rows] (first frame, frames); known_means, known_variances [rows,width];
//   statistics [rows,width] (mean, 1 / deviation; 0 for a column that is constant). Overwrites statistics.
struct Uniforms {
  rows: u32,
  frames: u32,
  width: u32,
  share: f32,
}
@group(0) @binding(0) var<storage, read> values: array<f32>;
@group(0) @binding(1) var<storage, read> spans: array<vec2<u32>>;
@group(0) @binding(2) var<storage, read> known_means: array<f32>;
@group(0) @binding(3) var<storage, read> known_variances: array<f32>;
@group(0) @binding(4) var<storage, read_write> statistics: array<vec2<f32>>;
@group(0) @binding(5) var<uniform> u: Uniforms;

override LANES = 64u;

/// A smaller deviation counts as none.
const CONSTANT = 1e-8;

@compute @workgroup_size(LANES)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let column = id.x;
  let row = id.y;
  if (column >= u.width) { return; }
  let first = spans[row].x * u.width + column;
  let past = first + spans[row].y * u.width;
  let at = row * u.width + column;
  var mean = known_means[at];
  var variance = known_variances[at];
  if (u.share > 0.0) {
    // differences from the first value: those of a constant column are exactly 0
    let start = values[first];
    var sum = 0.0;
    for (var i = first; i < past; i += u.width) { sum += values[i] - start; }
    let far = sum / f32(spans[row].y);
    var square = 0.0;
    for (var i = first; i < past; i += u.width) {
      let x = (values[i] - start) - far;
      square += x * x;
    }
    let own = start + far;
    let between = u.share * (1.0 - u.share) * (own - mean) * (own - mean);
    variance = u.share * square / f32(spans[row].y) + (1.0 - u.share) * variance + between;
    mean = u.share * own + (1.0 - u.share) * mean;
  }
  let deviation = sqrt(variance);
  var scale = 0.0;
  if (deviation > CONSTANT) { scale = 1.0 / deviation; }
  statistics[at] = vec2(mean, scale);
}
