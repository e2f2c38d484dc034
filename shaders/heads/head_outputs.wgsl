// Output layers of all heads that share a layer of inputs: logits[b,c] = bias[c] + sum_k weight[c,k] input[b,k], k the
// units of c's head. Overwrites the columns of these heads.
//   input [rows,inputs]; logits [rows,columns]; layer [size]: the weights of all heads, one after the other, then their biases [columns].
// A workgroup for each row and LANES / SHARE times four columns; SHARE lanes share a sum over k.
struct Uniforms {
  rows: u32,
  inputs: u32,   // columns of input
  columns: u32,  // of logits
  size: u32,     // of layer
}
@group(0) @binding(0) var<storage, read> input: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> layer: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> logits: array<vec4<f32>>;
@group(0) @binding(3) var<uniform> u: Uniforms;

override LANES = 64u;
override SHARE = 64u;  // a power of two; LANES is a multiple of it
var<workgroup> part: array<vec4<f32>, LANES>;

${head_places}

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let column = group.x * (LANES / SHARE) + lane / SHARE;
  let own = lane % SHARE;
  let row = group.y;
  var head = Head();
#repeat h in 0..HEADS
  let head_$(h) = place($(h)u);
  if (column >= head_$(h).first && column < head_$(h).past) { head = head_$(h); }
#end
  let x_at = row * (u.inputs / 4u) + head.input;
  let w_at = head.weight + 4u * (column - head.first) * head.inputs;
  var sum = vec4(0.0);
  for (var k = own; k < head.inputs; k += SHARE) {
    let at = w_at + k;
    let w = mat4x4(layer[at], layer[at + head.inputs], layer[at + 2u * head.inputs], layer[at + 3u * head.inputs]);
    sum += input[x_at + k] * w;
  }
  part[lane] = sum;
  for (var half = SHARE / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (own < half) { part[lane] += part[lane + half]; }
  }
  if (own == 0u && head.inputs > 0u) {
    logits[row * (u.columns / 4u) + column] = part[lane] + layer[(u.size - u.columns) / 4u + column];
  }
}
