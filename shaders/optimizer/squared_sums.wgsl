// First half of the global gradient norm: out[w] = sum of squares of the values of workgroup w, in a
// fixed order. Overwrites out.  values [size]; out [groups]; size is a multiple of 4.
struct Uniforms {
  size: u32,
  groups: u32,
}
@group(0) @binding(0) var<storage, read> values: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@group(0) @binding(2) var<uniform> u: Uniforms;

const LANES = 64u;
var<workgroup> part: array<f32, LANES>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) lane: vec3<u32>) {
  var sum = 0.0;
  for (var i = group.x * LANES + lane.x; i < u.size / 4u; i += u.groups * LANES) {
    sum += dot(values[i], values[i]);
  }
  part[lane.x] = sum;
  workgroupBarrier();
  if (lane.x == 0u) {
    for (var i = 1u; i < LANES; i++) { sum += part[i]; }
    out[group.x] = sum;
  }
}
