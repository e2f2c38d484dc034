// Weighted mean and deviation over time (attentive statistics pooling, Okabe et al. 2018, Eq. 5, 6): over the
// frames t of utterance b, y with its dropout where DROPOUT,
//   pooled[b,d] = m_d = sum_t weights[t] y[t,d]
//   pooled[b,width+d] = sqrt(sum_t weights[t] (y[t,d] - m_d)^2 + 1e-6), but 0 in the padding of a part
// Overwrites pooled.
//   y [frames,width]; weights [frames]; sequences [rows] (first frame, length); pooled [rows,2 width]. Parts of y
//   have `part` columns, the first `units` in use; both widths are multiples of 4. Lanes as in pooling_sum.
struct Uniforms {
  rows: u32,
  width: u32,
  pooled_width: u32,  // 2 width
  part: u32,
  units: u32,
  frames: u32,
  threshold: u32,     // dropout, as matmul_nt
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

fn dropped(t: u32, column4: u32) -> vec4<f32> {
  var x = vec4<f32>(y[t * (u.width / 4u) + column4]);
#if ${DROPOUT}
  x *= dropout_scale(vec2(u.stream_0, u.stream_1), positions[t].xy, column4, u.threshold, u.scale);
#endif
  return x;
}

/// The slices' sums of a column, in order.
fn whole(column: u32) -> vec4<f32> {
  var sum = part[column];
  for (var i = 1u; i < SLICES; i++) { sum += part[i * COLUMNS + column]; }
  return sum;
}

@compute @workgroup_size(COLUMNS, SLICES)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(workgroup_id) group: vec3<u32>,
        @builtin(local_invocation_id) lane: vec3<u32>) {
  let width4 = u.width / 4u;
  let column4 = id.x;
  let range = sequences[group.y];
  var sum = vec4(0.0);
  if (column4 < width4) {
    for (var t = range.x + lane.y; t < range.x + range.y; t += SLICES) {
      sum += weights[t] * dropped(t, column4);
    }
  }
  part[lane.y * COLUMNS + lane.x] = sum;
  workgroupBarrier();
  let mean = whole(lane.x);
  workgroupBarrier();
  sum = vec4(0.0);
  if (column4 < width4) {
    for (var t = range.x + lane.y; t < range.x + range.y; t += SLICES) {
      let d = dropped(t, column4) - mean;
      sum += weights[t] * d * d;
    }
  }
  part[lane.y * COLUMNS + lane.x] = sum;
  workgroupBarrier();
  if (lane.y == 0u && column4 < width4) {
    let at = group.y * 2u * width4 + column4;
    let columns = (vec4(4u * column4) + vec4(0u, 1u, 2u, 3u)) % u.part;
    pooled[at] = mean;
    pooled[at + width4] = select(vec4(0.0), sqrt(whole(lane.x) + 1e-6), columns < vec4(u.units));
  }
}
