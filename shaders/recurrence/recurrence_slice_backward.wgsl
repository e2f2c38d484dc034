// Gradient of recurrence_slice_forward, one phase of one time step a dispatch; workgroups as there.
//   phase 0: d h'; and d_gates, unless the step combined by attention
//   phase 1: raw h and C' of a step that did;  phase 2: its raw C and d_gates, a GRU's in phase 1
//   gates     [frames,directions,units,4]  in: i, f, g, o (of a GRU: gru_cell); out: gradient before the activations       updates
//   states    [frames,directions,state_stride]  as the forward kernels leave them
//   d_outputs [frames,directions,units]    gradient of h'
//   carry     [planes,rows,directions,units], zero at the start: plane 0 each row's share of the attention
//             gradient; 1: d h'; 2: d C'; then gradients of h and C from later combinations, [ring,kinds]    updates
//   scores    [rows,directions,slices,kinds,K]  a slice's partial slopes, for the next phase               overwrites
//   weight [directions,units (u),units (k),4] transposed: transpose_recurrent; attention [directions,units]
struct Uniforms {
${recurrence_uniforms}
  slices: u32,
  phase: u32,
  kinds: u32,        // KINDS
  score_count: u32,  // K
  planes: u32,
  ring: u32,  // the farthest offset: no step waits longer for gradients of combinations
}
${recurrence_bindings}
@group(0) @binding(4) var<storage, read> states: array<${REAL}>;
@group(0) @binding(5) var<storage, read> d_outputs: array<${REAL}>;
@group(0) @binding(6) var<storage, read_write> carry: array<f32>;
#if ${ATTEND}
@group(0) @binding(7) var<storage, read_write> scores: array<f32>;
#endif
@group(0) @binding(8) var<uniform> u: Uniforms;

${recurrence_tile}
${activation}
${recurrence_cell}
${recurrence_states}
${recurrence_slice}
${recurrence_carry}

const CHUNK = ${CHUNK}u;                                       // units whose d_gates are staged at a time
var<workgroup> staged: array<vec4<f32>, CHUNK * ROWS>;   // [CHUNK][ROWS]
var<workgroup> sums: array<vec4<f32>, LANES>;            // [part][SLICE][QUADS], four rows each
var<workgroup> mine: array<f32, SLICE * ROWS>;           // gradients that other lanes read

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
        x = vec4<f32>(gates[at]);
      }
      staged[(i % CHUNK) * ROWS + r] = x;
    }
    workgroupBarrier();
    if (works) {
      for (var k = part; k < min(CHUNK, u.units - first); k += parts) {
        let w = slice_weight(first + k, unit, direction);
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
    leave_scores(s, KINDS - 1u, slice, direction, lane);
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
  leave_scores(s, 0u, slice, direction, lane);
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
}
