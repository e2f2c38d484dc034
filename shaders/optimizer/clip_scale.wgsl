// Second half of clipping by global norm, like torch.nn.utils.clip_grad_norm_, on gradients multiplied by
// the loss scale; the next loss scale, like torch.amp.GradScaler; whether the update is made;
// and Adam's bias corrections for t, the updates made so far and this one:
//   norm = sqrt(sum of squares) / scale;  skip = 1 where norm or a loss is not finite or updates are held, else 0
//   clip = [min(1, max_norm / (norm + 1e-6)) / scale, norm, skip, 1 - b1^t, 1 - b2^t]   overwrites
//   losses = [T sums of the tasks, norms, skips, steps without a loss, steps, faults, T sums before]
//     norms += norm, where made; the counts += 1; a sum that is not finite keeps its old value        accumulates
//   loss_scale = [scale, steps since it changed, hold, skips]: the scale halved at an overflow, doubled after
//     `growth` steps without                                                                      updates
// A fault is a loss that is not finite, or a gradient where the scale is not to blame (it is fixed, or at 1):
// its step's bit is added to `faults`, and where hold is 1 it becomes 2: no more updates are made.
//   squares [groups]; clip [5]; loss_scale [4]; losses [slots]. max_norm 0: no clipping; growth 0: a fixed scale.
struct Uniforms {
  groups: u32,
  max_norm: f32,
  slot: u32,   // T
  slots: u32,  // 2 T + 5
  growth: u32,
  step: f32,          // t where none was skipped
  correction_1: f32,  // 1 - b1^step
  correction_2: f32,  // 1 - b2^step
  log_beta1: f32,
  log_beta2: f32,
}
@group(0) @binding(0) var<storage, read> squares: array<f32>;
@group(0) @binding(1) var<storage, read_write> clip: array<f32>;
@group(0) @binding(2) var<storage, read_write> losses: array<f32>;
@group(0) @binding(3) var<storage, read_write> loss_scale: array<f32>;
@group(0) @binding(4) var<uniform> u: Uniforms;

// by its bits: compilers may assume that no value is infinite or NaN
fn is_finite(x: f32) -> bool { return (bitcast<u32>(x) & 0x7f800000u) != 0x7f800000u; }

// 1 - e^x for x <= 0 without cancellation: the series of a part of x, then 1 - e^2y = (1 - e^y) (1 + e^y)
fn one_minus_exp(x: f32) -> f32 {
  var y = max(x, -32.0);
  var doublings = 0u;
  while (y < -0.5) {
    y *= 0.5;
    doublings++;
  }
  var series = 1.0;
  for (var n = 9u; n > 1u; n--) { series = 1.0 + y / f32(n) * series; }
  var d = -y * series;
  for (; doublings > 0u; doublings--) { d *= 2.0 - d; }
  return d;
}

@compute @workgroup_size(1)
fn main() {
  var sum = 0.0;
  for (var i = 0u; i < u.groups; i++) { sum += squares[i]; }
  let scale = loss_scale[0];
  let norm = sqrt(sum) / scale;
  let held = loss_scale[2] == 2.0;
  var lost = false;
  for (var t = 0u; t < u.slot; t++) { lost = lost || !is_finite(losses[t]); }
  let overflow = !is_finite(norm);
  let skip = held || lost || overflow;

  let before = u.slot + 5u;
  for (var t = 0u; t < u.slot; t++) {
    if (held || lost) { losses[t] = losses[before + t]; } else { losses[before + t] = losses[t]; }
  }
  if (held || lost) { losses[u.slot + 2u] += 1.0; }
  if (skip) {
    losses[u.slot + 1u] += 1.0;
    loss_scale[3] += 1.0;
  } else {
    losses[u.slot] += norm;
  }
  let step = losses[u.slot + 3u];
  losses[u.slot + 3u] = step + 1.0;
  if (!held && (lost || (overflow && (u.growth == 0u || scale <= 1.0)))) {
    if (step < 24.0) { losses[u.slot + 4u] += f32(1u << u32(step)); }
    if (loss_scale[2] == 1.0) { loss_scale[2] = 2.0; }
  }
  clip[0] = select(1.0, min(1.0, u.max_norm / (norm + 1e-6)), u.max_norm > 0.0) / scale;
  clip[1] = norm;
  clip[2] = select(0.0, 1.0, skip);
  clip[3] = u.correction_1;
  clip[4] = u.correction_2;
  if (loss_scale[3] != 0.0) {
    let t = max(1.0, u.step - loss_scale[3]);
    clip[3] = one_minus_exp(t * u.log_beta1);
    clip[4] = one_minus_exp(t * u.log_beta2);
  }

  if (u.growth == 0u || held || lost) { return; }
  if (overflow) {
    loss_scale[0] = max(scale * 0.5, 1.0);
    loss_scale[1] = 0.0;
  } else if (loss_scale[1] + 1.0 >= f32(u.growth)) {
    loss_scale[0] = min(scale * 2.0, 16777216.0);
    loss_scale[1] = 0.0;
  } else {
    loss_scale[1] += 1.0;
  }
}
