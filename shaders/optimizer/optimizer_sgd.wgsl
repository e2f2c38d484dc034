// SGD with momentum as PyTorch has it (no dampening, not Nesterov); g is clipped by clip[0],
// and a step whose clip[2] is 1 (something is not finite) changes nothing:
//   b = momentum b + g;  p -= lr b
// Updates parameters and b.  parameters, gradients, b [size]; clip [5]; size is a multiple of 4.
struct Uniforms {
  size: u32,
  lr: f32,
  momentum: f32,
}
@group(0) @binding(0) var<storage, read_write> parameters: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> gradients: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> b: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> clip: array<f32>;
@group(0) @binding(4) var<uniform> u: Uniforms;

override LANES = 64u;

${flat}
@compute @workgroup_size(LANES)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = flat_index(id, groups);
  if (i >= u.size / 4u || clip[2] != 0.0) { return; }
  let b_new = u.momentum * b[i] + gradients[i] * clip[0];
  b[i] = b_new;
  parameters[i] -= u.lr * b_new;
}
