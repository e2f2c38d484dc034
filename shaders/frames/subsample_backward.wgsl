// The gradient of subsample's input, from that of its output; g and i are step t's group and its index in it:
//   MEAN: d_values[t,c] = d_out[g,c] / steps that the group has;  else: d_values[t,c] = d_out[g, i width + c]
// then through what lies before: where DROPOUT times its factor, where GATED zero unless layer_output > 0
// (ReLU and dropout of a dense layer), times scale.
//   d_out [groups,out_width]; sequences [rows] of out; positions, layer_output, d_values [steps,...].
// Overwrites d_values. Widths are multiples of 4; a lane four columns of d_values.
struct Uniforms {
  rows: u32,
  steps: u32,
  groups: u32,
  width: u32,
  out_width: u32,  // width where MEAN, else by * width
  by: u32,
  threshold: u32,  // dropout, as matmul_nt
  scale: f32,
  stream_0: u32,
  stream_1: u32,
}
@group(0) @binding(0) var<storage, read> d_out: array<vec4<${REAL}>>;
@group(0) @binding(1) var<storage, read> sequences: array<vec2<u32>>;  // (first group, groups)
@group(0) @binding(2) var<storage, read> positions: array<vec4<u32>>;  // (utterance, step, length, row)
#if ${GATED}
@group(0) @binding(3) var<storage, read> layer_output: array<vec4<${REAL}>>;
#endif
@group(0) @binding(4) var<storage, read_write> d_values: array<vec4<${REAL}>>;
@group(0) @binding(5) var<uniform> u: Uniforms;

override LANES = 64u;

${flat}
#if ${DROPOUT}
${threefry}
${dropout}
#endif
@compute @workgroup_size(LANES)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = flat_index(id, groups);
  let width4 = u.width / 4u;
  if (i >= u.steps * width4) { return; }
  let place = positions[i / width4];
  let column4 = i % width4;
  let group = place.y / u.by;
  let at = (sequences[place.w].x + group) * (u.out_width / 4u);
#if ${MEAN}
  var g = vec4<f32>(d_out[at + column4]) / f32(min(u.by, place.z - u.by * group));
#else
  var g = vec4<f32>(d_out[at + (place.y % u.by) * width4 + column4]);
#endif
#if ${DROPOUT}
  g *= dropout_scale(vec2(u.stream_0, u.stream_1), place.xy, column4, u.threshold, u.scale);
#endif
#if ${GATED}
  g = select(u.scale * g, vec4(0.0), vec4<f32>(layer_output[i]) <= vec4(0.0));
#endif
  d_values[i] = vec4<${REAL}>(g);
}
