// What the recurrence did at each frame, small enough to be read back: the means over the units of i, f, |g|
// and o (of a GRU: r, z, |n| and |W_hn h' + b_hn|); then, where ATTEND, the weights of C [K] and of h [K] (of a
// GRU: of h [K]) as states hold them (Eq. 9, 12), which are valid only at steps that combine. Overwrites
// trace.
//   gates [frames,directions,units,4] after their activations; states [frames,directions,state_stride];
//   trace [frames,directions,width], width = 4 or, where ATTEND, 4 + kinds K
struct Uniforms {
  frames: u32,
  directions: u32,
  units: u32,
  own_units: u32,  // without the padding
  state_stride: u32,
  kinds: u32,  // of states that are combined
  width: u32,
}
@group(0) @binding(0) var<storage, read> gates: array<vec4<${REAL}>>;
#if ${ATTEND}
@group(0) @binding(1) var<storage, read> states: array<${REAL}>;
#endif
@group(0) @binding(2) var<storage, read_write> trace: array<f32>;
@group(0) @binding(3) var<uniform> u: Uniforms;

// Eight lanes share a row, a frame of a direction: their loads are adjacent.
override ROWS = 8u;
var<workgroup> part: array<vec4<f32>, ROWS * 8u>;

@compute @workgroup_size(8, ROWS)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(local_invocation_id) lane: vec3<u32>) {
  let row = id.y;
  let live = row < u.frames * u.directions;
  var sum = vec4(0.0);
  if (live) {
    for (var unit = lane.x; unit < u.own_units; unit += 8u) {
      sum += abs(vec4<f32>(gates[row * u.units + unit]));
    }
#if ${ATTEND}
    for (var i = 4u + lane.x; i < u.width; i += 8u) {
      trace[row * u.width + i] = f32(states[row * u.state_stride + u.kinds * u.units + i - 4u]);
    }
#endif
  }
  part[lane.y * 8u + lane.x] = sum;
  workgroupBarrier();
  if (lane.x == 0u && live) {
    for (var i = 1u; i < 8u; i++) { sum += part[lane.y * 8u + i]; }
    let mean = sum / f32(u.own_units);
    for (var gate = 0u; gate < 4u; gate++) { trace[row * u.width + gate] = mean[gate]; }
  }
}
