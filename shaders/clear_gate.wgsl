// Sets what a gate's rows of a gradient hold to zero: values[n,GATE,k] for the gate chosen. A GRU's W_ih has no
// row for the fourth number of a unit and its W_hh none for the third; the products over frames fill all four.
//   values [rows,4,columns]                                                                           updates
struct Uniforms {
  rows: u32,
  columns: u32,
  gate: u32,
}
@group(0) @binding(0) var<storage, read_write> values: array<f32>;
@group(0) @binding(1) var<uniform> u: Uniforms;

override LANES = 64u;

@compute @workgroup_size(LANES)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= u.rows * u.columns) { return; }
  values[(id.x / u.columns * 4u + u.gate) * u.columns + id.x % u.columns] = 0.0;
}
