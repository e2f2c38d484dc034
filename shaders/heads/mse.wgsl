// Mean squared error of a head with one output x = outputs[b, first]; a row whose target y is NaN does not count:
//   losses[slot] += sum_b (x_b - y_b)^2 * inverse_norm                              accumulates
//   d_outputs[b,first] = loss_scale[0] * gradient_scale * 2 (x_b - y_b), the head's other columns 0   overwrites
//   outputs, d_outputs [rows,stride]; targets [rows]: the bits of f32, because shaders may assume that no f32 is
//   NaN; loss_scale [4]: the loss scale.
// One workgroup; rows are added up in a fixed order.
struct Uniforms {
  rows: u32,
  stride: u32,           // columns of all heads
  first: u32,            // the head's first of them
  columns: u32,          // the head's
  slot: u32,             // of losses
  slots: u32,
  inverse_norm: f32,     // 1 / labelled rows of the whole batch
  gradient_scale: f32,   // the task's weight * inverse_norm
}
@group(0) @binding(0) var<storage, read> outputs: array<f32>;
@group(0) @binding(1) var<storage, read> targets: array<u32>;
@group(0) @binding(2) var<storage, read> loss_scale: array<f32>;
@group(0) @binding(3) var<storage, read_write> d_outputs: array<f32>;
@group(0) @binding(4) var<storage, read_write> losses: array<f32>;
@group(0) @binding(5) var<uniform> u: Uniforms;

const LANES = 64u;
var<workgroup> part: array<f32, LANES>;

@compute @workgroup_size(LANES)
fn main(@builtin(local_invocation_id) lane: vec3<u32>) {
  var total = 0.0;
  for (var b = lane.x; b < u.rows; b += LANES) {
    let at = b * u.stride + u.first;
    for (var c = 0u; c < u.columns; c++) { d_outputs[at + c] = 0.0; }
    let bits = targets[b];
    if ((bits & 0x7fffffffu) > 0x7f800000u) { continue; }
    let error = outputs[at] - bitcast<f32>(bits);
    total += error * error;
    d_outputs[at] = loss_scale[0] * u.gradient_scale * 2.0 * error;
  }
  part[lane.x] = total;
  workgroupBarrier();
  if (lane.x == 0u) {
    for (var i = 1u; i < LANES; i++) { total += part[i]; }
    losses[u.slot] += total * u.inverse_norm;
  }
}
