// Augmentation of functionals that a batch gives: functional k, which is of feature c = k mod F, becomes
//   out[r,k] = values[r,k] + offset m_c + noise n_k
// but 0 with a probability, and in each masked run of neighbouring features; the last one, of the length, has
// no feature. A mask's length is uniform from 0 to a limit, and so is its start among those where it fits.
// m_c, n_k ~ N(0, 1) and the rest are drawn from step and utterance alone, by counter:
//   131072 + k: n_k;  196608 + c: m_c;  262144 + k: whether it becomes 0;  327680 + i: mask i
//   values, out [rows,width]; positions [rows]. Overwrites out; columns from `count` on are 0. A lane a value.
struct Uniforms {
  rows: u32,
  width: u32,
  count: u32,      // 8 F + 1
  features: u32,   // F
  noise: f32,
  offset: f32,
  threshold: f32,  // 0 for draws below it, of 0 to 1
  masks: u32,
  mask_limit: u32,
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
${runs}
@compute @workgroup_size(LANES)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = flat_index(id, groups);
  if (i >= u.rows * u.width) { return; }
  let k = i % u.width;
  let stream = vec2(u.stream_0, u.stream_1);
  let utterance = positions[i / u.width].x;
  // 16 bits: exact in f32
  let draw = f32(threefry(stream, vec2(utterance, 262144u + k)).x >> 16u) / 65536.0;
  var hidden = k >= u.count || draw < u.threshold;
  var offset = 0.0;
  if (k + 1u < u.count) {
    let feature = k % u.features;
    for (var m = 0u; m < u.masks; m++) {
      let run = run_of(threefry(stream, vec2(utterance, 327680u + m)), u.features, u.mask_limit);
      hidden = hidden || (feature >= run.x && feature < run.y);
    }
    offset = u.offset * normals(threefry(stream, vec2(utterance, 196608u + feature))).x;
  }
  var value = 0.0;
  if (!hidden) {
    value = values[i] + offset + u.noise * normals(threefry(stream, vec2(utterance, 131072u + k))).x;
  }
  out[i] = value;
}
