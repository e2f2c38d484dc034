// out += values. A lane four values; width is a multiple of 4.
//   values, out [rows,width]. Accumulates into out.
struct Uniforms {
  rows: u32,
  width: u32,
}
@group(0) @binding(0) var<storage, read> values: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> out: array<vec4<f32>>;
@group(0) @binding(2) var<uniform> u: Uniforms;

override LANES = 64u;

${flat}
@compute @workgroup_size(LANES)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = flat_index(id, groups);
  if (i >= u.rows * u.width / 4u) { return; }
  out[i] += values[i];
}
