// Gradient of recurrence_slice_forward, steps downwards; workgroups as there. Without COOPERATIVE a dispatch is
// one phase of one time step:
//   phase 0: d h'; and d_gates, unless the step combined by attention
//   phase 1: raw h and C' of a step that did;  phase 2: its raw C and d_gates, a GRU's in phase 1
// With COOPERATIVE the workgroups keep their weights and exchange d_gates and slopes.
//   gates     [frames,directions,units,4]  in: i, f, g, o (of a GRU: gru_cell); out: gradient before the activations       updates
//   states    [frames,directions,state_stride]  as the forward kernels leave them
//   d_outputs [frames,directions,units]    gradient of h'
//   carry     [planes,rows,directions,units], zero at the start: plane 0 each row's share of the attention
//             gradient; 1: d h'; 2: d C'; then gradients of h and C from later combinations, [ring,kinds]    updates
//   exchange  [words] COOPERATIVE: d_gates as [frames,directions,units,4] first; then partial slopes
//             [frames or (not COOPERATIVE) rows,directions,slices,kinds,K]                                    updates
//   weight [directions,units (u),units (k),4] transposed: transpose_recurrent; attention [directions,units]
struct Uniforms {
${recurrence_uniforms}
  slices: u32,
  phase: u32,
  patience: u32,
  words: u32,
  planes: u32,
  ring: u32,  // the farthest offset: no step waits longer for gradients of combinations
}
${recurrence_bindings}
@group(0) @binding(4) var<storage, read> states: array<${REAL}>;
@group(0) @binding(5) var<storage, read> d_outputs: array<${REAL}>;
@group(0) @binding(6) var<storage, read_write> carry: array<f32>;
#if ${EXCHANGE}
@group(0) @binding(7) var<storage, read_write> exchange: array<atomic<u32>>;
#endif
@group(0) @binding(8) var<uniform> u: Uniforms;

${recurrence_tile}
const HANDED = 4u;  // words a unit in exchange
${activation}
${recurrence_cell}
${recurrence_states}
${recurrence_slice}

const CHUNK = ${CHUNK}u;                                       // units whose d_gates are staged at a time
var<workgroup> staged: array<vec4<f32>, CHUNK * ROWS>;   // [CHUNK][ROWS]
var<workgroup> sums: array<vec4<f32>, LANES>;            // [part][SLICE][QUADS], four rows each
var<workgroup> mine: array<f32, SLICE * ROWS>;           // gradients that other lanes read

fn carry_at(plane: u32, r: u32, unit: u32, direction: u32) -> u32 {
  return ((plane * u.rows + row_number(r)) * u.directions + direction) * u.units + unit;
}

#if ${COMBINE}
// Plane of carry for the gradients passed to the states `plane` of step s.
fn pending_plane(s: u32, plane: u32) -> u32 {
  return 3u + (s % u.ring) * KINDS + plane;
}

// Reads it, and leaves zero for the next step in that slot.
fn taken(r: u32, s: u32, plane: u32, unit: u32, direction: u32) -> f32 {
  let at = carry_at(pending_plane(s, plane), r, unit, direction);
  let g = carry[at];
  carry[at] = 0.0;
  return g;
}

// Passes the gradient g of the combination of step s to the states it combined.
fn hand_down(g: f32, r: u32, s: u32, plane: u32, unit: u32, direction: u32) {
  let here = frame_of(r, s, direction);
  for (var k = 0u; k < OFFSET_COUNT; k++) {
    if (s + 1u >= OFFSETS[k]) {
      var share = kept_weight(s, here, k, plane, direction) * g;
#if ${ATTEND}
      let b = mix[r * OFFSET_COUNT + k];
      share += b * attention[direction * u.units + unit];
      carry[carry_at(0u, r, unit, direction)] += b * f32(states[past_at(here, k, plane, direction) + unit]);
#endif
      carry[carry_at(pending_plane(s + 1u - OFFSETS[k], plane), r, unit, direction)] += share;
    }
  }
}
#endif

// C' of step s of row r.
fn cell_of(r: u32, s: u32, unit: u32, direction: u32) -> f32 {
  return cell_after(s, frame_of(r, s, direction), unit, direction);
}

#if ${ATTEND}
fn factor(r: u32, own: u32, slice: u32, direction: u32) -> f32 {
  return mine[r * SLICE + own];
}

// Gradients of the scores of the states `plane`, left in mix.
fn attend_backward(s: u32, plane: u32, direction: u32, lane: u32) {
  gather_scores(s, plane, direction, lane);
  for (var r = lane; r < ROWS; r += LANES) {
    if (s < row_length[r]) { softmax_backward(r, s, plane, direction); }
  }
  workgroupBarrier();
}
#endif

// W_hh^T d_gates of the step after, for this slice: left in sums.
fn multiply(s: u32, slice: u32, direction: u32, lane: u32) {
  let own = lane % SLICE;
  let quad = (lane / SLICE) % QUADS;
  let part = lane / (SLICE * QUADS);
  let parts = part_count();
  let unit = slice * SLICE + own;
  let works = unit < u.units && part < parts;
  var sum = vec4(0.0);
  for (var first = 0u; first < u.units; first += CHUNK) {
    for (var i = lane; i < CHUNK * ROWS; i += LANES) {
      let k = first + i % CHUNK;
      let r = i / CHUNK;
      var x = vec4(0.0);
      if (k < u.units && s + 1u < row_length[r]) {
        let at = (frame_of(r, s + 1u, direction) * u.directions + direction) * u.units + k;
#if ${COOPERATIVE}
        x = vec4(receive(4u * at), receive(4u * at + 1u), receive(4u * at + 2u), receive(4u * at + 3u));
#else
        x = vec4<f32>(gates[at]);
#endif
      }
      staged[(i % CHUNK) * ROWS + r] = x;
    }
    workgroupBarrier();
    if (works) {
      for (var k = part; k < min(CHUNK, u.units - first); k += parts) {
        let w = slice_weight(first + k, unit, own, direction);
        let at = k * ROWS + quad * 4u;
        sum += vec4(dot(staged[at], w), dot(staged[at + 1u], w), dot(staged[at + 2u], w), dot(staged[at + 3u], w));
      }
    }
    workgroupBarrier();
  }
  if (part < parts) { sums[(part * SLICE + own) * QUADS + quad] = sum; }
  workgroupBarrier();
}

// Through Eq. 6 and 7 and the gates' activations, from the gradients of raw h and of raw C.
fn finish(d_h: f32, d: f32, r: u32, s: u32, unit: u32, direction: u32) {
  let at = (frame_of(r, s, direction) * u.directions + direction) * u.units + unit;
  let gate = vec4<f32>(gates[at]);
  var before = 0.0;
  if (s > 0u) { before = cell_of(r, s - 1u, unit, direction); }
  let d_gate = gate_gradient(gate, before, squashed_state(cell_of(r, s, unit, direction)), d_h, d);
  gates[at] = vec4<${REAL}>(d_gate);
#if ${COOPERATIVE}
#repeat i in 0..4
  send(4u * at + $(i)u, d_gate[$(i)]);
#end
#endif
  carry[carry_at(2u, r, unit, direction)] = d * state_slope(gate);
}

// d C' of step s once the gradient d_h of its raw h is known.
fn through_output(d_h: f32, r: u32, s: u32, unit: u32, direction: u32) -> f32 {
  let at = (frame_of(r, s, direction) * u.directions + direction) * u.units + unit;
  let t = squashed_state(cell_of(r, s, unit, direction));
  return carry[carry_at(2u, r, unit, direction)] + d_h * output_slope(vec4<f32>(gates[at]), t);
}

fn from_after(s: u32, combining: bool, slice: u32, direction: u32, lane: u32) {
  multiply(s, slice, direction, lane);
  let parts = part_count();
  for (var i = lane; i < SLICE * ROWS; i += LANES) {
    let unit = slice * SLICE + i % SLICE;
    let r = i / SLICE;
    if (unit >= u.units || s >= row_length[r]) { continue; }
    let at = (frame_of(r, s, direction) * u.directions + direction) * u.units + unit;
    var d_h = f32(d_outputs[at]);
    for (var part = 0u; part < parts; part++) {
      d_h += sums[(part * SLICE + i % SLICE) * QUADS + r / 4u][r % 4u];
    }
#if ${ATTEND}
    if (combining) {
#if ${KINDS} == 2
      mine[i] = d_h;
      carry[carry_at(1u, r, unit, direction)] = d_h;
#else
      let d_state = through_output(d_h, r, s, unit, direction);
      mine[i] = d_state;
      carry[carry_at(2u, r, unit, direction)] = d_state;
#endif
      continue;
    }
#endif
#if ${MEAN}
    if (combining) {
#if ${KINDS} == 2
      hand_down(d_h, r, s, 1u, unit, direction);
      d_h = taken(r, s, 1u, unit, direction);
#endif
      hand_down(through_output(d_h, r, s, unit, direction), r, s, 0u, unit, direction);
      finish(d_h, taken(r, s, 0u, unit, direction), r, s, unit, direction);
      continue;
    }
#endif
    var d = 0.0;
#if ${COMBINE}
#if ${KINDS} == 2
    d_h += taken(r, s, 1u, unit, direction);
#endif
    d = taken(r, s, 0u, unit, direction);
#endif
    finish(d_h, d + through_output(d_h, r, s, unit, direction), r, s, unit, direction);
  }
#if ${ATTEND}
  if (combining) {
    workgroupBarrier();  // other lanes wrote `mine`
    send_scores(s, KINDS - 1u, slice, direction, lane);
  }
#endif
}

#if ${ATTEND}
#if ${KINDS} == 2
fn through_outputs(s: u32, slice: u32, direction: u32, lane: u32) {
  attend_backward(s, 1u, direction, lane);
  for (var i = lane; i < SLICE * ROWS; i += LANES) {
    let unit = slice * SLICE + i % SLICE;
    let r = i / SLICE;
    if (unit >= u.units || s >= row_length[r]) { continue; }
    let at = carry_at(1u, r, unit, direction);
    hand_down(carry[at], r, s, 1u, unit, direction);
    let d_h = taken(r, s, 1u, unit, direction);
    let d = through_output(d_h, r, s, unit, direction);
    carry[at] = d_h;
    carry[carry_at(2u, r, unit, direction)] = d;
    mine[i] = d;
  }
  workgroupBarrier();
  send_scores(s, 0u, slice, direction, lane);
}
#endif

fn through_cells(s: u32, slice: u32, direction: u32, lane: u32) {
  attend_backward(s, 0u, direction, lane);
  for (var i = lane; i < SLICE * ROWS; i += LANES) {
    let unit = slice * SLICE + i % SLICE;
    let r = i / SLICE;
    if (unit >= u.units || s >= row_length[r]) { continue; }
    hand_down(carry[carry_at(2u, r, unit, direction)], r, s, 0u, unit, direction);
    let d_h = carry[carry_at(1u, r, unit, direction)];  // a GRU has it in d_c already
    finish(d_h, taken(r, s, 0u, unit, direction), r, s, unit, direction);
  }
}
#endif

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let direction = group.y;
  let slice = group.z;
  load_tile(group.x * ROWS, u.rows, lane);
  let end = min(u.first_step + u.step_count, workgroupUniformLoad(&tile_length));
  if (u.first_step >= end) { return; }
#if ${COOPERATIVE}
  keep_weights(slice, direction, lane);
  for (var left = end; left > u.first_step; left--) {
    let s = left - 1u;
    let combining = combining_at(s);
    from_after(s, combining, slice, direction, lane);
#if ${ATTEND}
    if (combining) {
#if ${KINDS} == 2
      through_outputs(s, slice, direction, lane);
#endif
      through_cells(s, slice, direction, lane);
    }
#endif
    workgroupBarrier();
  }
#else
  let s = u.first_step;
  let combining = combining_at(s);
#if ${ATTEND}
#if ${KINDS} == 2
  if (u.phase == 1u) {
    through_outputs(s, slice, direction, lane);
    return;
  }
#endif
  if (u.phase == KINDS) {
    through_cells(s, slice, direction, lane);
    return;
  }
#endif
  from_after(s, combining, slice, direction, lane);
#endif
}
