// Second half of clipping by global norm, as torch.nn.utils.clip_grad_norm_ does it, on gradients that
// carry the loss scale, and that scale's next value, as torch.amp.GradScaler has it:
//   norm = sqrt(sum of squares) / scale;  skip = 1 where norm is not finite, else 0
//   clip = [min(1, max_norm / (norm + 1e-6)) / scale, norm, skip]               overwrites
//   losses[slot] += norm where it is finite; losses[slot + 1] += skip          accumulates
//   scaler = [scale, steps since it changed]: halved at a skip, doubled after `growth` steps without     updates
//   squares [groups]; clip, scaler [4]; losses [slots]. max_norm 0: no clipping; growth 0: a fixed scale.
struct Uniforms {
  groups: u32,
  max_norm: f32,
  slot: u32,
  slots: u32,
  growth: u32,
}
@group(0) @binding(0) var<storage, read> squares: array<f32>;
@group(0) @binding(1) var<storage, read_write> clip: array<f32>;
@group(0) @binding(2) var<storage, read_write> losses: array<f32>;
@group(0) @binding(3) var<storage, read_write> scaler: array<f32>;
@group(0) @binding(4) var<uniform> u: Uniforms;

@compute @workgroup_size(1)
fn main() {
  var sum = 0.0;
  for (var i = 0u; i < u.groups; i++) { sum += squares[i]; }
  let scale = scaler[0];
  let norm = sqrt(sum) / scale;
  // by its bits: compilers may take it that no value is infinite or NaN
  let finite = (bitcast<u32>(norm) & 0x7f800000u) != 0x7f800000u;
  clip[0] = select(1.0, min(1.0, u.max_norm / (norm + 1e-6)), u.max_norm > 0.0) / scale;
  clip[1] = norm;
  clip[2] = select(1.0, 0.0, finite);
  if (finite) {
    losses[u.slot] += norm;
  } else {
    losses[u.slot + 1u] += 1.0;
  }
  if (u.growth == 0u) { return; }
  if (!finite) {
    scaler[0] = max(scale * 0.5, 1.0);
    scaler[1] = 0.0;
  } else if (scaler[1] + 1.0 >= f32(u.growth)) {
    scaler[0] = min(scale * 2.0, 16777216.0);
    scaler[1] = 0.0;
  } else {
    scaler[1] += 1.0;
  }
}
