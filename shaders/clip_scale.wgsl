// Second half of clipping by global norm, as torch.nn.utils.clip_grad_norm_ does it:
//   norm = sqrt(sum of squares);  clip = [min(1, max_norm / (norm + 1e-6)), norm]   overwrites
//   losses[slot] += norm                                                         accumulates
//   squares [groups]; clip [4]; losses [slots]. max_norm 0 switches clipping off.
struct Uniforms {
  groups: u32,
  max_norm: f32,
  slot: u32,
  slots: u32,
}
@group(0) @binding(0) var<storage, read> squares: array<f32>;
@group(0) @binding(1) var<storage, read_write> clip: array<f32>;
@group(0) @binding(2) var<storage, read_write> losses: array<f32>;
@group(0) @binding(3) var<uniform> u: Uniforms;

@compute @workgroup_size(1)
fn main() {
  var sum = 0.0;
  for (var i = 0u; i < u.groups; i++) { sum += squares[i]; }
  let norm = sqrt(sum);
  clip[0] = select(1.0, min(1.0, u.max_norm / (norm + 1e-6)), u.max_norm > 0.0);
  clip[1] = norm;
  losses[u.slot] += norm;
}
