// Adds up the partial sums of slices or tiles: out[i] += sum_s partial[s,i], s in ascending order.
// Accumulates into out.  partial [slices,size]; out [size]; size is a multiple of 4.
struct Uniforms {
  size: u32,
  slices: u32,
}
@group(0) @binding(0) var<storage, read> partial: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> out: array<vec4<f32>>;
@group(0) @binding(2) var<uniform> u: Uniforms;

override LANES = 64u;

${flat}
@compute @workgroup_size(LANES)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = flat_index(id, groups);
  let size4 = u.size / 4u;
  if (i >= size4) { return; }
  var sum = vec4(0.0);
  for (var s = 0u; s < u.slices; s++) {
    sum += partial[s * size4 + i];
  }
  out[i] += sum;
}
