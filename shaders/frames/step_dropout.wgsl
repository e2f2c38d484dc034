// Inverted dropout of a layer's outputs, for a layer above that is not the pooling (which drops as it reads):
//   out[t,c] = factor(t,c) values[t,c], the factor 0 or scale, by the counter generator
//   values, out [steps,width]; positions [steps]. Overwrites out. width is a multiple of 4.
struct Uniforms {
  steps: u32,
  width: u32,
  threshold: u32,  // as matmul_nt
  scale: f32,
  stream_0: u32,
  stream_1: u32,
}
@group(0) @binding(0) var<storage, read> values: array<vec4<${REAL}>>;
@group(0) @binding(1) var<storage, read> positions: array<vec4<u32>>;  // (utterance, step, length, row)
@group(0) @binding(2) var<storage, read_write> out: array<vec4<${REAL}>>;
@group(0) @binding(3) var<uniform> u: Uniforms;

override LANES = 64u;

${flat}
${threefry}
${dropout}
@compute @workgroup_size(LANES)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = flat_index(id, groups);
  let width4 = u.width / 4u;
  if (i >= u.steps * width4) { return; }
  let factor = dropout_scale(
    vec2(u.stream_0, u.stream_1), positions[i / width4].xy, i % width4, u.threshold, u.scale);
  out[i] = vec4<${REAL}>(factor * vec4<f32>(values[i]));
}
