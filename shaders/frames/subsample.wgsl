// Every `by` steps of an utterance become one, group j of its steps by j up to by j + by - 1:
//   MEAN: out[g,c] = the mean of values[t,c] over the steps t that the group has (a last one may be short)
//   else: out[g, i width + c] = values[first + by j + i, c], 0 where the utterance has no such step
//   values [steps,width]; sequences [rows] of values; positions [groups] of out; out [groups,out_width].
// Overwrites out. Widths are multiples of 4; a lane four columns of out.
struct Uniforms {
  rows: u32,
  steps: u32,
  groups: u32,
  width: u32,
  out_width: u32,  // width where MEAN, else by * width
  by: u32,
}
@group(0) @binding(0) var<storage, read> values: array<vec4<${REAL}>>;
@group(0) @binding(1) var<storage, read> sequences: array<vec2<u32>>;  // (first step, length)
@group(0) @binding(2) var<storage, read> positions: array<vec4<u32>>;  // (utterance, group, groups, row)
@group(0) @binding(3) var<storage, read_write> out: array<vec4<${REAL}>>;
@group(0) @binding(4) var<uniform> u: Uniforms;

override LANES = 64u;

${flat}
@compute @workgroup_size(LANES)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = flat_index(id, groups);
  let out_width4 = u.out_width / 4u;
  if (i >= u.groups * out_width4) { return; }
  let place = positions[i / out_width4];
  let column4 = i % out_width4;
  let width4 = u.width / 4u;
  let sequence = sequences[place.w];
  let first = u.by * place.y;
#if ${MEAN}
  let past = min(first + u.by, sequence.y);
  var sum = vec4(0.0);
  for (var t = first; t < past; t++) { sum += vec4<f32>(values[(sequence.x + t) * width4 + column4]); }
  out[i] = vec4<${REAL}>(sum / f32(past - first));
#else
  let t = first + column4 / width4;
  var x = vec4<${REAL}>();
  if (t < sequence.y) { x = values[(sequence.x + t) * width4 + column4 % width4]; }
  out[i] = x;
#endif
}
