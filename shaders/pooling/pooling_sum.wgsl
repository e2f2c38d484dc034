// Weighted pooling over time (Eq. 2): pooled[b,d] = sum_t weights[t] y[t,d] over the frames of
// utterance b, y with its dropout where DROPOUT. Overwrites pooled.
//   y [frames,width]; weights [frames]; sequences [rows] (first frame, length); pooled [rows,width];
//   width is a multiple of 4. Lanes: 16 columns of four by 4 slices of time, added up in order.
struct Uniforms {
  rows: u32,
  width: u32,
  frames: u32,
  threshold: u32,  // dropout, as matmul_nt
  scale: f32,
  stream_0: u32,
  stream_1: u32,
}
@group(0) @binding(0) var<storage, read> y: array<vec4<${REAL}>>;
@group(0) @binding(1) var<storage, read> weights: array<f32>;
@group(0) @binding(2) var<storage, read> sequences: array<vec2<u32>>;
#if ${DROPOUT}
@group(0) @binding(3) var<storage, read> positions: array<vec4<u32>>;
#endif
@group(0) @binding(4) var<storage, read_write> pooled: array<vec4<f32>>;
@group(0) @binding(5) var<uniform> u: Uniforms;

const COLUMNS = 16u;
const SLICES = 4u;
var<workgroup> part: array<vec4<f32>, COLUMNS * SLICES>;

#if ${DROPOUT}
${threefry}
${dropout}
#endif

@compute @workgroup_size(COLUMNS, SLICES)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(workgroup_id) group: vec3<u32>,
        @builtin(local_invocation_id) lane: vec3<u32>) {
  let width4 = u.width / 4u;
  let column4 = id.x;
  let range = sequences[group.y];
  var sum = vec4(0.0);
  if (column4 < width4) {
    for (var t = range.x + lane.y; t < range.x + range.y; t += SLICES) {
      var x = weights[t] * vec4<f32>(y[t * width4 + column4]);
#if ${DROPOUT}
      x *= dropout_scale(vec2(u.stream_0, u.stream_1), positions[t].xy, column4, u.threshold, u.scale);
#endif
      sum += x;
    }
  }
  part[lane.y * COLUMNS + lane.x] = sum;
  workgroupBarrier();
  if (lane.y == 0u && column4 < width4) {
    for (var i = 1u; i < SLICES; i++) {
      sum += part[i * COLUMNS + lane.x];
    }
    pooled[group.y * width4 + column4] = sum;
  }
}
