// Rows of values as the network takes them: out[i] = (values[source] - mean) / deviation, by the statistics of the
// recording; row i of out is step `positions.y` of its row, from the row's first source on. A lane a value.
//   values [frames,width]; statistics [spans,width] (mean, 1 / deviation); positions [out_rows] (utterance, step, steps,
//   row); sources [rows] (first row of values, span); out [out_rows,width]. Overwrites out.
struct Uniforms {
  rows: u32,
  frames: u32,
  spans: u32,
  out_rows: u32,
  width: u32,
}
@group(0) @binding(0) var<storage, read> values: array<f32>;
@group(0) @binding(1) var<storage, read> statistics: array<vec2<f32>>;
@group(0) @binding(2) var<storage, read> positions: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read> sources: array<vec2<u32>>;
@group(0) @binding(4) var<storage, read_write> out: array<f32>;
@group(0) @binding(5) var<uniform> u: Uniforms;

override LANES = 64u;

${flat}
@compute @workgroup_size(LANES)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = flat_index(id, groups);
  if (i >= u.out_rows * u.width) { return; }
  let column = i % u.width;
  let place = positions[i / u.width];
  let source = sources[place.w];
  let scale = statistics[source.y * u.width + column];
  out[i] = (values[(source.x + place.y) * u.width + column] - scale.x) * scale.y;
}
