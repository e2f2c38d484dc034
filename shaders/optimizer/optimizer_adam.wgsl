// Adam, and AdamW where weight_decay > 0 (decoupled), as PyTorch has them; g is clipped by clip[0],
// and a step whose clip[2] is 1 (something is not finite) changes nothing:
//   p -= lr weight_decay p;  m = b1 m + (1 - b1) g;  v = b2 v + (1 - b2) g^2
//   p -= lr / clip[3] * m / (sqrt(v / clip[4]) + eps),  clip[3] = 1 - b1^t, clip[4] = 1 - b2^t
// Updates parameters, m and v.  parameters, gradients, m, v [size]; clip [5]; size a multiple of 4.
struct Uniforms {
  size: u32,
  lr: f32,
  beta1: f32,
  beta2: f32,
  eps: f32,
  weight_decay: f32,
}
@group(0) @binding(0) var<storage, read_write> parameters: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> gradients: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> m: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> v: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> clip: array<f32>;
@group(0) @binding(5) var<uniform> u: Uniforms;

override LANES = 64u;

${flat}
@compute @workgroup_size(LANES)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = flat_index(id, groups);
  if (i >= u.size / 4u || clip[2] != 0.0) { return; }
  let g = gradients[i] * clip[0];
  let m_new = u.beta1 * m[i] + (1.0 - u.beta1) * g;
  let v_new = u.beta2 * v[i] + (1.0 - u.beta2) * g * g;
  m[i] = m_new;
  v[i] = v_new;
  let decayed = parameters[i] * (1.0 - u.lr * u.weight_decay);
  parameters[i] = decayed - u.lr / clip[3] * m_new / (sqrt(v_new / clip[4]) + u.eps);
}
