// Class probabilities: probabilities[b,c] = softmax over the first `classes` columns of logits[b].
// Columns past the classes become 0. Overwrites.  logits, probabilities [rows,stride].
struct Uniforms {
  rows: u32,
  classes: u32,
  stride: u32,
}
@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read_write> probabilities: array<f32>;
@group(0) @binding(2) var<uniform> u: Uniforms;

override LANES = 64u;

@compute @workgroup_size(LANES)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= u.rows) { return; }
  let at = id.x * u.stride;
  var highest = logits[at];
  for (var c = 1u; c < u.classes; c++) {
    highest = max(highest, logits[at + c]);
  }
  var sum = 0.0;
  for (var c = 0u; c < u.classes; c++) {
    sum += exp(logits[at + c] - highest);
  }
  for (var c = 0u; c < u.stride; c++) {
    probabilities[at + c] = select(0.0, exp(logits[at + min(c, u.classes - 1u)] - highest) / sum, c < u.classes);
  }
}
