// Rows side by side: out[r] = a[r], b[r].
//   a [rows,a_width]; b [rows,b_width]; out [rows,width], width = a_width + b_width. Overwrites out.
// Widths are multiples of 4; a lane four columns of out.
struct Uniforms {
  rows: u32,
  a_width: u32,
  b_width: u32,
  width: u32,
}
@group(0) @binding(0) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> out: array<vec4<f32>>;
@group(0) @binding(3) var<uniform> u: Uniforms;

override LANES = 64u;

${flat}
@compute @workgroup_size(LANES)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = flat_index(id, groups);
  let width4 = u.width / 4u;
  if (i >= u.rows * width4) { return; }
  let row = i / width4;
  let column4 = i % width4;
  let a_width4 = u.a_width / 4u;
  if (column4 < a_width4) {
    out[i] = a[row * a_width4 + column4];
  } else {
    out[i] = b[row * (u.b_width / 4u) + column4 - a_width4];
  }
}
