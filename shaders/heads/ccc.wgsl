// Concordance correlation coefficient (Lin 1989) of a head's output x = outputs[b, first] with the target y, as a loss; from
// the moments of all n labelled rows of the whole batch (ccc_moments), in population form:
//   D = s_xx + s_yy + (mean x - mean y)^2,  ccc = 2 s_xy / D (0 where D = 0)
//   losses[slot] += (1 - ccc) * (labelled rows here) / n                                 accumulates
//   d_outputs[b,first] = loss_scale[0] * weight * 2 / (n D) * (ccc (x_b - mean y) - (y_b - mean y))   overwrites
// Unlabelled rows (y is NaN) and other columns of the head get 0; all is 0 where n < 2.
//   outputs, d_outputs [rows,stride]; targets [rows]: the bits of f32, because shaders may assume that no f32 is
//   NaN; moments [8]; loss_scale [4]: the loss scale.
// One workgroup; rows are added up in a fixed order.
struct Uniforms {
  rows: u32,
  stride: u32,   // columns of all heads
  first: u32,    // the head's first of them
  columns: u32,  // the head's
  slot: u32,     // of losses
  slots: u32,
  shift: f32,    // as in ccc_moments
  weight: f32,   // the task's
}
@group(0) @binding(0) var<storage, read> outputs: array<f32>;
@group(0) @binding(1) var<storage, read> targets: array<u32>;
@group(0) @binding(2) var<storage, read> moments: array<f32>;
@group(0) @binding(3) var<storage, read> loss_scale: array<f32>;
@group(0) @binding(4) var<storage, read_write> d_outputs: array<f32>;
@group(0) @binding(5) var<storage, read_write> losses: array<f32>;
@group(0) @binding(6) var<uniform> u: Uniforms;

const LANES = 64u;
var<workgroup> part: array<f32, LANES>;

@compute @workgroup_size(LANES)
fn main(@builtin(local_invocation_id) lane: vec3<u32>) {
  let n = moments[0];
  let counts = n >= 2.0;
  let rows = max(n, 1.0);
  let gap = moments[1] - moments[2];
  let sum = (moments[3] + moments[4]) / rows + gap * gap;
  let D = select(sum, 1.0, sum == 0.0);
  let ccc = 2.0 * moments[5] / (rows * D);
  let factor = loss_scale[0] * u.weight * 2.0 / (rows * D);
  var labelled = 0.0;
  for (var b = lane.x; b < u.rows; b += LANES) {
    let at = b * u.stride + u.first;
    for (var c = 0u; c < u.columns; c++) { d_outputs[at + c] = 0.0; }
    let bits = targets[b];
    if ((bits & 0x7fffffffu) > 0x7f800000u) { continue; }
    labelled += 1.0;
    if (counts) {
      let x = outputs[at] - u.shift - moments[2];
      let y = bitcast<f32>(bits) - u.shift - moments[2];
      d_outputs[at] = factor * (ccc * x - y);
    }
  }
  part[lane.x] = labelled;
  workgroupBarrier();
  if (lane.x == 0u && counts) {
    for (var i = 1u; i < LANES; i++) { labelled += part[i]; }
    losses[u.slot] += (1.0 - ccc) * labelled / n;
  }
}
