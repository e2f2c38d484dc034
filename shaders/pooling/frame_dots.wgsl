// A dot product a frame: out[r] = sum_d y[r,d] v[d] (Eq. 1's scores), or, where BY_ROW,
// v of the frame's utterance: out[r] = sum_d y[r,d] v[row(r),d] (their gradients). y's dropout is
// applied where DROPOUT. Overwrites out.
//   y [frames,width]; v [width] or [rows,width]; out [frames]; width is a multiple of 4.
struct Uniforms {
  frames: u32,
  width: u32,
  rows: u32,       // utterances in v
  threshold: u32,  // dropout, as matmul_nt
  scale: f32,
  stream_0: u32,
  stream_1: u32,
}
@group(0) @binding(0) var<storage, read> y: array<vec4<${REAL}>>;
@group(0) @binding(1) var<storage, read> v: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> positions: array<vec4<u32>>;  // [frames] (utterance, frame, length, row)
@group(0) @binding(3) var<storage, read_write> out: array<f32>;
@group(0) @binding(4) var<uniform> u: Uniforms;

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
    let at = min(place.w, u.rows - 1u) * width4;
#else
    let at = 0u;
#endif
    for (var d = lane.x; d < width4; d += 8u) {
      var x = vec4<f32>(y[frame * width4 + d]);
#if ${DROPOUT}
      x *= dropout_scale(vec2(u.stream_0, u.stream_1), place.xy, d, u.threshold, u.scale);
#endif
      sum += dot(x, v[at + d]);
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
