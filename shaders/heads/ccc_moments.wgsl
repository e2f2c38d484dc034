// Moments of a head's output x = outputs[b, first] and target y over the labelled rows (y not NaN), where `merge` merged
// with those of the microbatches before (Chan, Golub and LeVeque 1983), else overwritten:
//   moments = n, mean x', mean y', sum (x - mean x)^2, sum (y - mean y)^2, sum (x - mean x)(y - mean y), 0, 0
// where x' = x - shift, y' = y - shift. Means first, then sums about them: nothing cancels.
//   outputs [rows,stride]; targets [rows]: the bits of f32, because shaders may assume that no f32 is NaN; moments [8].
// One workgroup; rows are added up in a fixed order.
struct Uniforms {
  rows: u32,
  stride: u32,  // columns of all heads
  first: u32,   // the head's first of them
  shift: f32,   // about the targets' mean
  merge: u32,   // 0 or 1
}
@group(0) @binding(0) var<storage, read> outputs: array<f32>;
@group(0) @binding(1) var<storage, read> targets: array<u32>;
@group(0) @binding(2) var<storage, read_write> moments: array<f32>;
@group(0) @binding(3) var<uniform> u: Uniforms;

const LANES = 64u;
var<workgroup> part: array<vec3<f32>, LANES>;
var<workgroup> whole: vec3<f32>;

@compute @workgroup_size(LANES)
fn main(@builtin(local_invocation_id) lane: vec3<u32>) {
  var sums = vec3<f32>();   // rows, x', y'
  for (var b = lane.x; b < u.rows; b += LANES) {
    let bits = targets[b];
    if ((bits & 0x7fffffffu) > 0x7f800000u) { continue; }
    sums += vec3<f32>(1.0, outputs[b * u.stride + u.first] - u.shift, bitcast<f32>(bits) - u.shift);
  }
  part[lane.x] = sums;
  workgroupBarrier();
  if (lane.x == 0u) {
    for (var i = 1u; i < LANES; i++) { sums += part[i]; }
    let rows = max(sums.x, 1.0);
    whole = vec3<f32>(sums.x, sums.y / rows, sums.z / rows);
  }
  workgroupBarrier();
  let mean = whole;
  var squares = vec3<f32>();   // xx, yy, xy
  for (var b = lane.x; b < u.rows; b += LANES) {
    let bits = targets[b];
    if ((bits & 0x7fffffffu) > 0x7f800000u) { continue; }
    let x = outputs[b * u.stride + u.first] - u.shift - mean.y;
    let y = bitcast<f32>(bits) - u.shift - mean.z;
    squares += vec3<f32>(x * x, y * y, x * y);
  }
  part[lane.x] = squares;
  workgroupBarrier();
  if (lane.x == 0u) {
    for (var i = 1u; i < LANES; i++) { squares += part[i]; }
    if (u.merge == 0u) {
      moments[0] = mean.x;
      moments[1] = mean.y;
      moments[2] = mean.z;
      moments[3] = squares.x;
      moments[4] = squares.y;
      moments[5] = squares.z;
    } else if (mean.x > 0.0) {
      let before = moments[0];
      let n = before + mean.x;
      let dx = mean.y - moments[1];
      let dy = mean.z - moments[2];
      let share = mean.x / n;
      let between = before * share;
      moments[0] = n;
      moments[1] += dx * share;
      moments[2] += dy * share;
      moments[3] += squares.x + dx * dx * between;
      moments[4] += squares.y + dy * dy * between;
      moments[5] += squares.z + dx * dy * between;
    }
  }
}
