// Gradient of head_outputs' input: d_input[b,k] = sum over the heads with input k of
// factor * sum_c d_logits[b,c] weight[c,k]; where GATED through ReLU and dropout of the layer before, that is scale * the sum
// where input[b,k] > 0. Overwrites, or adds where accumulate is 1.
//   d_input, input [rows,inputs]; d_logits [rows,columns]; layer [size] as in head_outputs.
struct Uniforms {
  rows: u32,
  inputs: u32,      // columns of d_input
  columns: u32,     // of d_logits
  size: u32,        // of layer
  accumulate: u32,
  scale: f32,       // 1 / (1 - p) of the layer before, 1 without dropout
}
@group(0) @binding(0) var<storage, read> d_logits: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> layer: array<vec4<f32>>;
#if ${GATED}
@group(0) @binding(2) var<storage, read> input: array<vec4<f32>>;
#endif
@group(0) @binding(3) var<storage, read_write> d_input: array<vec4<f32>>;
@group(0) @binding(4) var<uniform> u: Uniforms;

override LANES = 64u;

${head_places}
${flat}

@compute @workgroup_size(LANES)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = flat_index(id, groups);
  let inputs = u.inputs / 4u;
  if (i >= u.rows * inputs) { return; }
  let k = i % inputs;
  let row_at = i / inputs * (u.columns / 4u);
  var y = vec4(0.0);
#repeat h in 0..HEADS
  {
    let head = place($(h)u);
    if (k >= head.input && k < head.input + head.inputs) {
      var sum = vec4(0.0);
      var at = head.weight + k - head.input;
      for (var q = head.first; q < head.past; q++) {
        let w = mat4x4(layer[at], layer[at + head.inputs], layer[at + 2u * head.inputs], layer[at + 3u * head.inputs]);
        sum += w * d_logits[row_at + q];
        at += 4u * head.inputs;
      }
      y += head.factor * sum;
    }
  }
#end
#if ${GATED}
  y = select(u.scale * y, vec4(0.0), input[i] <= vec4(0.0));
#endif
  if (u.accumulate == 1u) { y += d_input[i]; }
  d_input[i] = y;
}
