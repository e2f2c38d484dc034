// Class probabilities: probabilities[b,c] = softmax over `classes` columns of logits[b], from `first` on.
// Columns past the classes become 0. Overwrites.  logits [rows,stride]; probabilities [rows,columns].
struct Uniforms {
  rows: u32,
  classes: u32,
  stride: u32,   // columns of all heads
  first: u32,    // the head's first of them
  columns: u32,  // the head's
}
@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read_write> probabilities: array<f32>;
@group(0) @binding(2) var<uniform> u: Uniforms;

override LANES = 64u;

@compute @workgroup_size(LANES)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= u.rows) { return; }
  let at = id.x * u.stride + u.first;
  var highest = logits[at];
  for (var c = 1u; c < u.classes; c++) {
    highest = max(highest, logits[at + c]);
  }
  var sum = 0.0;
  for (var c = 0u; c < u.classes; c++) {
    sum += exp(logits[at + c] - highest);
  }
  for (var c = 0u; c < u.columns; c++) {
    probabilities[id.x * u.columns + c] = select(0.0, exp(logits[at + min(c, u.classes - 1u)] - highest) / sum, c < u.classes);
  }
}
