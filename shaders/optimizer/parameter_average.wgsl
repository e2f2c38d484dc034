// Polyak averaging after an update: average = decay average + (1 - decay) parameters, where the update was
// made (clip[2] is 0).  Updates average.  parameters, average [size]; clip [5]; size is a multiple of 4.
struct Uniforms {
  size: u32,
  decay: f32,
}
@group(0) @binding(0) var<storage, read> parameters: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> clip: array<f32>;
@group(0) @binding(2) var<storage, read_write> average: array<vec4<f32>>;
@group(0) @binding(3) var<uniform> u: Uniforms;

override LANES = 64u;

${flat}
@compute @workgroup_size(LANES)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = flat_index(id, groups);
  if (i >= u.size / 4u || clip[2] != 0.0) { return; }
  average[i] = u.decay * average[i] + (1.0 - u.decay) * parameters[i];
}
