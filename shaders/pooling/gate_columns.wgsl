// The gradient of some columns through a layer's ReLU and dropout:
//   d_sums[r,c] = scale d_out[r, first + c] where layer_output[r,c] > 0, else 0
//   d_out [rows,stride]; layer_output, d_sums [rows,width]. Overwrites d_sums.
// Widths and first are multiples of 4; a lane four columns of d_sums.
struct Uniforms {
  rows: u32,
  width: u32,
  stride: u32,
  first: u32,
  scale: f32,  // of the dropout: 1 / (1 - p)
}
@group(0) @binding(0) var<storage, read> d_out: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> layer_output: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> d_sums: array<vec4<f32>>;
@group(0) @binding(3) var<uniform> u: Uniforms;

override LANES = 64u;

${flat}
@compute @workgroup_size(LANES)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = flat_index(id, groups);
  let width4 = u.width / 4u;
  if (i >= u.rows * width4) { return; }
  let g = d_out[(i / width4) * (u.stride / 4u) + u.first / 4u + i % width4];
  d_sums[i] = select(u.scale * g, vec4(0.0), layer_output[i] <= vec4(0.0));
}
