// Sets a gate's rows of a gradient to zero: values[n,GATE,k] for the gate chosen. A GRU's W_ih has no
// row for the fourth number of a unit and its W_hh none for the third; the matmuls over frames fill all four.
//   values [rows,4,columns]                                                                           updates
struct Uniforms {
  rows: u32,
  columns: u32,
  gate: u32,
}
@group(0) @binding(0) var<storage, read_write> values: array<f32>;
@group(0) @binding(1) var<uniform> u: Uniforms;

override LANES = 64u;

${flat}
@compute @workgroup_size(LANES)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = flat_index(id, groups);
  if (i >= u.rows * u.columns) { return; }
  values[(i / u.columns * 4u + u.gate) * u.columns + i % u.columns] = 0.0;
}
