// Gradient of the pooled frames: d_y[t,d] = a_t d_pooled[row(t),d] + d_scores[t] attention[d], times
// y's dropout where DROPOUT; without ATTENTION the second term is absent. Where DEVIATION, d_pooled holds the gradients
// of a mean m and a deviation s, `pooled` these: a_t (y[t,d] - m[d]) ds[d] / s[d] is added to the first term. The
// deviation's gradient through m is zero, because the weights sum to 1. Overwrites d_y.
//   d_pooled [rows,d_width], d_width >= width or 2 width; weights, d_scores [frames]; attention [width];
//   y, d_y [frames,width]; pooled [rows,2 width]; widths are multiples of 4.
struct Uniforms {
  frames: u32,
  width: u32,
  rows: u32,
  d_width: u32,
  pooled_width: u32,
  threshold: u32,  // dropout, as matmul_nt
  scale: f32,
  stream_0: u32,
  stream_1: u32,
}
@group(0) @binding(0) var<storage, read> d_pooled: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> weights: array<f32>;
#if ${ATTENTION}
@group(0) @binding(2) var<storage, read> d_scores: array<f32>;
@group(0) @binding(3) var<storage, read> attention: array<vec4<f32>>;
#endif
@group(0) @binding(4) var<storage, read> positions: array<vec4<u32>>;  // [frames] (utterance, frame, length, row)
#if ${DEVIATION}
@group(0) @binding(5) var<storage, read> y: array<vec4<${REAL}>>;
@group(0) @binding(6) var<storage, read> pooled: array<vec4<f32>>;
#endif
@group(0) @binding(7) var<storage, read_write> d_y: array<vec4<${REAL}>>;
@group(0) @binding(8) var<uniform> u: Uniforms;

// As in frame_dots.
const LEAST = 1e-4;

override LANES = 64u;

#if ${DROPOUT}
${threefry}
${dropout}
#endif

@compute @workgroup_size(LANES)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let width4 = u.width / 4u;
  let column4 = id.x;
  let frame = id.y + id.z * 32768u;
  if (column4 >= width4 || frame >= u.frames) { return; }
  let place = positions[frame];
  let at = place.w * (u.d_width / 4u) + column4;
  var g = weights[frame] * d_pooled[at];
#if ${DROPOUT}
  let factor = dropout_scale(vec2(u.stream_0, u.stream_1), place.xy, column4, u.threshold, u.scale);
#endif
#if ${DEVIATION}
  let own = place.w * 2u * width4 + column4;
  var x = vec4<f32>(y[frame * width4 + column4]);
#if ${DROPOUT}
  x *= factor;
#endif
  let c = x - pooled[own];
  g += weights[frame] * c * d_pooled[at + width4] / max(pooled[own + width4], vec4(LEAST));
#endif
#if ${ATTENTION}
  g += d_scores[frame] * attention[column4];
#endif
#if ${DROPOUT}
  g *= factor;
#endif
  d_y[frame * width4 + column4] = vec4<${REAL}>(g);
}
