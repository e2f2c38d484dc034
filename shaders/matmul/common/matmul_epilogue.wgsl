// Shared by the matmuls: everything except their operands a and b, and what is done with a sum.
// A layer adds its bias, then ReLU and dropout; the gradient of a layer's input is scale * sum where
// the layer's output is above zero, the derivative of ReLU and dropout.
struct Uniforms {
  m: u32,           // rows
  n: u32,           // columns of out
  k: u32,           // inner dimension
  accumulate: u32,  // 1: adds to out
  relu: u32,        // 1: max(sum, 0)
  threshold: u32,   // dropout: a unit lives where its 16 bits are >= threshold
  scale: f32,       // 1 / (1 - p) of the layer's dropout, 1 without
  stream_0: u32,    // dropout: key of (seed, step, layer)
  stream_1: u32,
}
#if ${BIAS}
@group(0) @binding(2) var<storage, read> bias: array<vec4<f32>>;  // [n]
#endif
#if ${DROPOUT}
@group(0) @binding(3) var<storage, read> positions: array<vec4<u32>>;  // [m] (utterance, frame, …)
#endif
#if ${GATED}
@group(0) @binding(4) var<storage, read> layer_output: array<vec4<${OUT_REAL}>>;  // [m,n] the layer's output
#endif
@group(0) @binding(5) var<storage, read_write> out: array<vec4<${OUT_REAL}>>;  // [m,n]
@group(0) @binding(6) var<uniform> u: Uniforms;

#if ${DROPOUT}
${threefry}
${dropout}
#endif

// Stores four sums of a row.
fn finish(row: u32, column4: u32, sum: vec4<f32>) {
  let at = row * (u.n / 4u) + column4;
  var y = sum;
#if ${BIAS}
  y += bias[column4];
#endif
  // not by max, which may turn NaN into zero
  if (u.relu == 1u) { y = select(y, vec4(0.0), y < vec4(0.0)); }
#if ${DROPOUT}
  y *= dropout_scale(vec2(u.stream_0, u.stream_1), positions[row].xy, column4, u.threshold, u.scale);
#endif
#if ${GATED}
  y = select(u.scale * y, vec4(0.0), vec4<f32>(layer_output[at]) <= vec4(0.0));
#endif
  if (u.accumulate == 1u) { y += vec4<f32>(out[at]); }
  out[at] = vec4<${OUT_REAL}>(y);
}
