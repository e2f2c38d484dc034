// recurrence_forward split by units as well, one phase of one time step a dispatch: a workgroup has SLICE units of ROWS
// utterances of one direction, and h' of the step before comes from `outputs`.
//   phase 0: gates and raw C; and h', unless the step combines by attention (Eq. 3-7)
//   phase 1: C' and raw h of a step that does (Eq. 8-10);  phase 2: its h' (Eq. 11, 12), a GRU's in phase 1
//   gates   [frames,directions,units,4]  in: W_ih x + b; out: i, f, g, o (of a GRU: gru_cell) after their activations   updates
//   states  [frames,directions,state_stride]  as recurrence_forward leaves them                   overwrites
//   outputs [frames,directions,units]    h'                                                        overwrites
//   scores  [rows,directions,slices,kinds,K]  a slice's partial scores, for the next phase            overwrites
//   weight [directions,units (k),units (u),4]; attention [directions,units]; sequences [rows]
struct Uniforms {
${recurrence_uniforms}
  slices: u32,
  phase: u32,
  kinds: u32,        // KINDS
  score_count: u32,  // K
}
${recurrence_bindings}
@group(0) @binding(4) var<storage, read_write> states: array<${REAL}>;
@group(0) @binding(5) var<storage, read_write> outputs: array<${REAL}>;
#if ${ATTEND}
@group(0) @binding(6) var<storage, read_write> scores: array<f32>;
#endif
@group(0) @binding(7) var<uniform> u: Uniforms;

${recurrence_tile}
${activation}
${recurrence_cell}
${recurrence_states}
${recurrence_slice}

var<workgroup> h: array<vec4<f32>, UNITS * QUADS>;         // h' of the step before, [units][ROWS]
var<workgroup> sums: array<vec4<f32>, LANES * 4u>;         // [part][SLICE][ROWS], four gates each
var<workgroup> cell: array<f32, SLICE * ROWS>;             // C' of the step before

#if ${ATTEND}
fn factor(r: u32, own: u32, slice: u32, direction: u32) -> f32 {
  return attention[direction * u.units + slice * SLICE + own];
}

// Weights of the states `plane` that step s combines, left in mix and, by the first slice, in states.
fn attend(s: u32, plane: u32, slice: u32, direction: u32, lane: u32) {
  gather_scores(s, plane, direction, lane);
  for (var r = lane; r < ROWS; r += LANES) {
    if (s >= row_length[r]) { continue; }
    softmax(r, s);
    if (slice != 0u) { continue; }
    let at = kept_at(frame_of(r, s, direction), plane, direction);
    for (var k = 0u; k < OFFSET_COUNT; k++) { states[at + k] = ${REAL}(mix[r * OFFSET_COUNT + k]); }
  }
  workgroupBarrier();
}
#endif

#if ${COMBINE}
// Weighted sum over S of the states `plane` of one unit (Eq. 8, 11), all of them as they are stored.
fn combined_states(r: u32, s: u32, plane: u32, unit: u32, direction: u32) -> f32 {
  let here = frame_of(r, s, direction);
  let own = f32(states[state_at(here, plane, direction) + unit]);
  return combined(own, r, s, here, plane, unit, direction);
}
#endif

// C' of the step before the first of this dispatch.
fn cell_before(r: u32, unit: u32, direction: u32) -> f32 {
  if (u.first_step == 0u || u.first_step >= row_length[r]) { return 0.0; }
  let s = u.first_step - 1u;
  return cell_after(s, frame_of(r, s, direction), unit, direction);
}

// h' of the step before step s; zero for a row that has none.
fn output_before(r: u32, s: u32, unit: u32, direction: u32) -> f32 {
  if (s == 0u || s >= row_length[r]) { return 0.0; }
  return f32(outputs[(frame_of(r, s - 1u, direction) * u.directions + direction) * u.units + unit]);
}

// W_hh h' of the step before, for this slice: left in sums.
fn multiply(s: u32, slice: u32, direction: u32, lane: u32) {
  // a lane writes whole vectors: WGSL lets a write to a component touch the others
  for (var i = lane; i < u.units * QUADS; i += LANES) {
    let unit = i % u.units;
    let r = 4u * (i / u.units);
    h[unit * QUADS + r / 4u] = vec4(
      output_before(r, s, unit, direction), output_before(r + 1u, s, unit, direction),
      output_before(r + 2u, s, unit, direction), output_before(r + 3u, s, unit, direction));
  }
  workgroupBarrier();
  let own = lane % SLICE;
  let quad = (lane / SLICE) % QUADS;
  let part = lane / (SLICE * QUADS);
  let parts = part_count();
  let unit = slice * SLICE + own;
#repeat i in 0..4
  var s$(i) = vec4(0.0);
#end
  if (unit < u.units && part < parts) {
    for (var k = part; k < u.units; k += parts) {
      let w = slice_weight(k, unit, direction);
      let x = h[k * QUADS + quad];
#repeat i in 0..4
      s$(i) += x[$(i)] * w;
#end
    }
  }
  let at = (part * SLICE + own) * ROWS + quad * 4u;
  if (part < parts) {
#repeat i in 0..4
    sums[at + $(i)u] = s$(i);
#end
  }
  workgroupBarrier();
}

fn deliver(r: u32, s: u32, unit: u32, direction: u32, y: f32) {
  outputs[(frame_of(r, s, direction) * u.directions + direction) * u.units + unit] = ${REAL}(y);
}

fn gates_and_cell(s: u32, combining: bool, slice: u32, direction: u32, lane: u32) {
  multiply(s, slice, direction, lane);
  let parts = part_count();
  for (var i = lane; i < SLICE * ROWS; i += LANES) {
    let unit = slice * SLICE + i % SLICE;
    let r = i / SLICE;
    if (unit >= u.units || s >= row_length[r]) { continue; }
    let at = frame_of(r, s, direction) * u.directions + direction;
    var product = vec4(0.0);
    for (var part = 0u; part < parts; part++) { product += sums[(part * SLICE + i % SLICE) * ROWS + r]; }
    let gate = activated(vec4<f32>(gates[at * u.units + unit]), product);
    gates[at * u.units + unit] = vec4<${REAL}>(gate);
    var c = state_of(gate, cell[i]);
    states[at * u.state_stride + unit] = ${REAL}(c);
#if ${ATTEND}
    if (combining) { continue; }
#endif
#if ${MEAN}
    if (combining) { c = combined_states(r, s, 0u, unit, direction); }
#endif
    var y = output_of(gate, squashed_state(c));
#if ${KINDS} == 2
#if ${COMBINE}
    states[at * u.state_stride + u.units + unit] = ${REAL}(y);
#endif
#if ${MEAN}
    if (combining) { y = combined_states(r, s, 1u, unit, direction); }
#endif
#endif
    cell[i] = c;
    deliver(r, s, unit, direction, y);
  }
#if ${ATTEND}
  if (combining) {
    storageBarrier();  // other lanes wrote the states
    leave_scores(s, 0u, slice, direction, lane);
  }
#endif
}

#if ${ATTEND}
fn combine_cells(s: u32, slice: u32, direction: u32, lane: u32) {
  attend(s, 0u, slice, direction, lane);
  for (var i = lane; i < SLICE * ROWS; i += LANES) {
    let unit = slice * SLICE + i % SLICE;
    let r = i / SLICE;
    if (unit >= u.units || s >= row_length[r]) { continue; }
    let at = frame_of(r, s, direction) * u.directions + direction;
    let c = combined_states(r, s, 0u, unit, direction);
    cell[i] = c;
#if ${KINDS} == 2
    let gate = vec4<f32>(gates[at * u.units + unit]);
    states[at * u.state_stride + u.units + unit] = ${REAL}(output_of(gate, squashed_state(c)));
#else
    deliver(r, s, unit, direction, c);
#endif
  }
#if ${KINDS} == 2
  storageBarrier();
  leave_scores(s, 1u, slice, direction, lane);
#endif
}

#if ${KINDS} == 2
fn combine_outputs(s: u32, slice: u32, direction: u32, lane: u32) {
  attend(s, 1u, slice, direction, lane);
  for (var i = lane; i < SLICE * ROWS; i += LANES) {
    let unit = slice * SLICE + i % SLICE;
    let r = i / SLICE;
    if (unit >= u.units || s >= row_length[r]) { continue; }
    deliver(r, s, unit, direction, combined_states(r, s, 1u, unit, direction));
  }
}
#endif
#endif

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let direction = group.y;
  let slice = group.z;
  load_tile(group.x * ROWS, u.rows, lane);
  let last = min(u.first_step + u.step_count, workgroupUniformLoad(&tile_length));
  if (u.first_step >= last) { return; }
  for (var i = lane; i < SLICE * ROWS; i += LANES) {
    let unit = slice * SLICE + i % SLICE;
    cell[i] = 0.0;
    if (unit < u.units) { cell[i] = cell_before(i / SLICE, unit, direction); }
  }
  workgroupBarrier();
  let s = u.first_step;
  let combining = combining_at(s);
#if ${ATTEND}
  if (u.phase == 1u) {
    combine_cells(s, slice, direction, lane);
    return;
  }
#if ${KINDS} == 2
  if (u.phase == 2u) {
    combine_outputs(s, slice, direction, lane);
    return;
  }
#endif
#endif
  gates_and_cell(s, combining, slice, direction, lane);
}
