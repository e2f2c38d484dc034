// Gradients of head_outputs' weights and biases: d_layer[c,k] += sum_b d_logits[b,c] input[b,k], k the units of c's head,
// and d_layer[size - columns + c] += sum_b d_logits[b,c]. Accumulates.
//   input [rows,inputs]; d_logits [rows,columns]; d_layer [size] as head_outputs' layer.
// A lane for four values; it adds up the rows in order.
struct Uniforms {
  rows: u32,
  inputs: u32,   // columns of input
  columns: u32,  // of d_logits
  size: u32,     // of layer
}
@group(0) @binding(0) var<storage, read> d_logits: array<f32>;
@group(0) @binding(1) var<storage, read> input: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> d_layer: array<vec4<f32>>;
@group(0) @binding(3) var<uniform> u: Uniforms;

override LANES = 64u;

${head_places}
${flat}

@compute @workgroup_size(LANES)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = flat_index(id, groups);
  let biases = (u.size - u.columns) / 4u;
  var sum = vec4(0.0);
  var found = false;
#repeat h in 0..HEADS
  {
    let head = place($(h)u);
    let size = 4u * (head.past - head.first) * head.inputs;
    if (i >= head.weight && i < head.weight + size) {
      found = true;
      let c = 4u * head.first + (i - head.weight) / head.inputs;
      let x_at = head.input + (i - head.weight) % head.inputs;
      for (var b = 0u; b < u.rows; b++) {
        sum += d_logits[b * u.columns + c] * input[b * (u.inputs / 4u) + x_at];
      }
    }
    if (i >= biases + head.first && i < biases + head.past) {
      found = true;
      for (var b = 0u; b < u.rows; b++) {
        let at = b * u.columns + 4u * (i - biases);
        sum += vec4(d_logits[at], d_logits[at + 1u], d_logits[at + 2u], d_logits[at + 3u]);
      }
    }
  }
#end
  if (found) { d_layer[i] += sum; }
}
