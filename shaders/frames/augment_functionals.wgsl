// Augmentation of functionals that a batch gives: out[r,k] = values[r,k] + noise n_k, but 0 with a probability
// n_k ~ N(0, 1) and the rest are drawn from step and utterance alone, by counter:
//   131072 + k: n_k;  262144 + k: whether it becomes 0
//   values, out [rows,width]; positions [rows]. Overwrites out; columns from `count` on are 0. A lane a value.
struct Uniforms {
  rows: u32,
  width: u32,
  count: u32,
  noise: f32,
  threshold: f32,  // 0 for draws below it, of 0 to 1
  stream_0: u32,
  stream_1: u32,
}
@group(0) @binding(0) var<storage, read> values: array<f32>;
@group(0) @binding(1) var<storage, read> positions: array<vec4<u32>>;  // (utterance, 0, length, row)
@group(0) @binding(2) var<storage, read_write> out: array<f32>;
@group(0) @binding(3) var<uniform> u: Uniforms;

override LANES = 64u;

${flat}
${threefry}
${normals}
@compute @workgroup_size(LANES)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = flat_index(id, groups);
  if (i >= u.rows * u.width) { return; }
  let k = i % u.width;
  let stream = vec2(u.stream_0, u.stream_1);
  let utterance = positions[i / u.width].x;
  // 16 bits: exact in f32
  let draw = f32(threefry(stream, vec2(utterance, 262144u + k)).x >> 16u) / 65536.0;
  var value = 0.0;
  if (k < u.count && draw >= u.threshold) {
    value = values[i] + u.noise * normals(threefry(stream, vec2(utterance, 131072u + k))).x;
  }
  out[i] = value;
}
