// A dot product a frame: out[r] = sum_d y[r,d] v[d] (Eq. 1's scores), or, where BY_ROW,
// v of the frame's utterance: out[r] = sum_d y[r,d] v[row(r),d] (their gradients). y's dropout is
// applied where DROPOUT. Where DEVIATION, v's row holds the gradients of a mean m and a deviation s, and `pooled` these:
// out[r] = sum_d y[r,d] dm[d] + (y[r,d] - m[d])^2 ds[d] / (2 s[d]). Overwrites out.
//   y [frames,width]; v [width] or [rows,v_width], v_width >= width or 2 width; pooled [rows,2 width]; out [frames];
//   widths are multiples of 4.
struct Uniforms {
  frames: u32,
  width: u32,
  rows: u32,       // utterances in v
  v_width: u32,
  pooled_width: u32,
  threshold: u32,  // dropout, as matmul_nt
  scale: f32,
  stream_0: u32,
  stream_1: u32,
}
@group(0) @binding(0) var<storage, read> y: array<vec4<${REAL}>>;
@group(0) @binding(1) var<storage, read> v: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> positions: array<vec4<u32>>;  // [frames] (utterance, frame, length, row)
#if ${DEVIATION}
@group(0) @binding(3) var<storage, read> pooled: array<vec4<f32>>;
#endif
@group(0) @binding(4) var<storage, read_write> out: array<f32>;
@group(0) @binding(5) var<uniform> u: Uniforms;

// Past the least deviation that is not padding, whose 0 must not divide.
const LEAST = 1e-4;

// Eight lanes share a frame: their loads are adjacent.
override FRAMES = 8u;
var<workgroup> part: array<f32, FRAMES * 8u>;

#if ${DROPOUT}
${threefry}
${dropout}
#endif

@compute @workgroup_size(8, FRAMES)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(local_invocation_id) lane: vec3<u32>) {
  let width4 = u.width / 4u;
  let frame = id.y;
  var sum = 0.0;
  if (frame < u.frames) {
    let place = positions[frame];
#if ${BY_ROW}
    let at = min(place.w, u.rows - 1u) * (u.v_width / 4u);
#else
    let at = 0u;
#endif
#if ${DEVIATION}
    let own = place.w * 2u * width4;
#endif
    for (var d = lane.x; d < width4; d += 8u) {
      var x = vec4<f32>(y[frame * width4 + d]);
#if ${DROPOUT}
      x *= dropout_scale(vec2(u.stream_0, u.stream_1), place.xy, d, u.threshold, u.scale);
#endif
      sum += dot(x, v[at + d]);
#if ${DEVIATION}
      let c = x - pooled[own + d];
      sum += 0.5 * dot(c * c, v[at + width4 + d] / max(pooled[own + width4 + d], vec4(LEAST)));
#endif
    }
  }
  part[lane.y * 8u + lane.x] = sum;
  workgroupBarrier();
  if (lane.x == 0u && frame < u.frames) {
    for (var i = 1u; i < 8u; i++) {
      sum += part[lane.y * 8u + i];
    }
    out[frame] = sum;
  }
}
