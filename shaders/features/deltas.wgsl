// The slope of each column over time, by regression over 2 frames on either side (Furui 1986): out[t, columns + f] = sum over
// n = 1, 2 of n (out[t + n, f] - out[t - n, f]) / 10, with the first and last frame repeated. A lane a value.
//   frame_places [frames] (first sample, t, frames of the recording, row); out [frames,width]. Overwrites the columns from
//   `columns` to 2 columns - 1 of out.
struct Uniforms {
  frames: u32,
  width: u32,
  columns: u32,
}
@group(0) @binding(0) var<storage, read> frame_places: array<vec4<u32>>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@group(0) @binding(2) var<uniform> u: Uniforms;

override LANES = 64u;

${flat}
@compute @workgroup_size(LANES)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = flat_index(id, groups);
  if (i >= u.frames * u.columns) { return; }
  let at = i / u.columns;
  let f = i % u.columns;
  let t = frame_places[at].y;
  let last = frame_places[at].z - 1u;
  var slope = 0.0;
  for (var n = 1u; n <= 2u; n++) {
    let after = at + min(n, last - t);
    let before = at - min(n, t);
    slope += f32(n) * (out[after * u.width + f] - out[before * u.width + f]) / 10.0;
  }
  out[at * u.width + u.columns + f] = slope;
}
