// Gradient of recurrence_forward, steps first_step + step_count down to first_step of every row. (C, i, f, g, o
// of a GRU: gru_cell.)
//   gates     [frames,directions,units,4]      in: i, f, g, o; out: gradient before the activations   updates
//   d_outputs [frames,directions,units]        gradient of h'
//   states    [frames,directions,state_stride] as recurrence_forward left them
//   weight    [directions,units (u),units (k),4]  transposed: transpose_recurrent
//   pending   [ring,rows,directions,kinds,units]  gradients of C and h of the step s % ring from later
//                                              combinations; zero at the start, and left zero
//                                              unless ONCE                                       updates
//   carry     [2 ROWS + 1,tiles,directions,units]  plane 0: each tile's share of the attention gradient;
//             then d h' and d C' of each row for the dispatch of the steps before                 overwrites
struct Uniforms {
${recurrence_uniforms}
  tiles: u32,
  planes: u32,  // of carry
  tile_rows: u32,  // ROWS, as a number unknown to compilers
  block: u32,      // units that a lane multiplies at a time
  ring: u32,    // the farthest offset: no step waits longer for gradients of combinations
  kinds: u32,   // of states that are combined: KINDS
}
${recurrence_bindings}
@group(0) @binding(4) var<storage, read> states: array<${REAL}>;
@group(0) @binding(5) var<storage, read> d_outputs: array<${REAL}>;
#if ${COMBINE}
@group(0) @binding(6) var<storage, read_write> pending: array<f32>;
#endif
@group(0) @binding(7) var<storage, read_write> carry: array<f32>;
@group(0) @binding(8) var<uniform> u: Uniforms;

${recurrence_tile}
${activation}
${recurrence_cell}
${recurrence_states}
${recurrence_shares}

const UNITS_PER_LANE = ${UNITS_PER_LANE}u;
const CARRIED = UNITS_PER_LANE * OWN_ROWS;
const BLOCK = ${BLOCK}u;  // 1 or 4
const DEPTH = ${DEPTH}u;  // k that a lane takes at a time: 1 or 4

${recurrence_units}

// [units][ROWS]: gradients that other lanes read
var<workgroup> exchange: array<vec4<f32>, UNITS * ROWS>;
#if ${PARTS} == 1
#else
// [PARTS - 1][ROWS][units]: sums for the lane that finishes the row
var<workgroup> sums: array<f32, OTHERS * ROWS * UNITS>;
#endif
#if ${ATTEND}
fn factor(row: u32, unit: u32, direction: u32) -> f32 {
  return exchange[unit * ROWS + row].x;
}
${recurrence_scores}
var<workgroup> given: array<f32, OFFSET_COUNT * ROWS>;  // weight that this step gave each state
// Gradient of the scores of the states `plane`, left in mix; gradients of their combination are in exchange.
fn attend_backward(s: u32, plane: u32, direction: u32, lane: u32) {
  score(s, plane, direction, lane);
  for (var r = lane; r < ROWS; r += LANES) {
    if (s >= row_length[r]) { continue; }
    softmax_backward(r, s, plane, direction);
    let here = frame_of(r, s, direction);
    for (var k = 0u; k < OFFSET_COUNT; k++) {
      given[r * OFFSET_COUNT + k] = kept_weight(s, here, k, plane, direction);
    }
  }
  workgroupBarrier();
}
#endif

#if ${COMBINE}
${recurrence_pending}
#endif

// C' of the step before the one at frame `here`, unless that step combined; `started` is false at the end of a
// row, where `here` is that step's own frame.
fn state_before(here: u32, started: bool, unit: u32, direction: u32) -> ${REAL} {
  let back = select(here, step_back(here, 1u, direction), started);
  return states[state_at(back, 0u, direction) + unit];
}

#if ${PREFETCH}
// What a step reads for what the lane finishes of it, loaded before the loop over k of the step after.
var<private> gate_ahead: array<vec4<${REAL}>, CARRIED>;
var<private> d_output_ahead: array<${REAL}, CARRIED>;
var<private> before_ahead: array<${REAL}, CARRIED>;

fn load_ahead(s: u32, direction: u32, mine: u32, lanes: u32, per_lane: u32, first_row: u32, own_rows: u32) {
  let reads_state = s > 0u && !combining_at(s - 1u);
  for (var j = 0u; j < ${UNIT_TRIPS}; j++) {
    let unit = mine + j * lanes;
    if (unit >= u.units) { break; }
    for (var i = 0u; i < ${OWN_TRIPS}; i++) {
      let r = first_row + i;
      if (s > row_length[r]) { continue; }
      let here = frame_of(r, min(s, row_length[r] - 1u), direction);
      let carried = j * OWN_ROWS + i;
      if (s < row_length[r]) {
        let at = (here * u.directions + direction) * u.units + unit;
        gate_ahead[carried] = gates[at];
        d_output_ahead[carried] = d_outputs[at];
      }
      if (reads_state) { before_ahead[carried] = state_before(here, s < row_length[r], unit, direction); }
    }
  }
}
#endif

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let direction = group.y;
  load_tile(group.x * ROWS, u.rows, lane);
  let length = workgroupUniformLoad(&tile_length);
  let end = min(u.first_step + u.step_count, length);
  let lanes = LANES / PARTS;
  let share = share_of(lane);
  let own = lane - share * lanes;
  let first_row = share * OWN_ROWS;
  let own_rows = (u.tile_rows + PARTS - 1u) / PARTS;
  let mine = select(own, u.units, first_row >= ROWS);  // the first unit that the lane finishes
  let per_lane = (u.units + lanes - 1u) / lanes;
  let plane_size = u.tiles * u.directions * u.units;
  let tile_at = (group.x * u.directions + direction) * u.units;
  var d_h: array<f32, CARRIED>;  // d h' of the current step, from the step after it
  var d_c: array<f32, CARRIED>;  // d C' likewise
  var c_now: array<f32, CARRIED>;  // C' of the current step
  var d_attention: array<f32, UNITS_PER_LANE>;

  let resumes = u.first_step + u.step_count < length;
  for (var j = 0u; j < ${UNIT_TRIPS}; j++) {
    let unit = mine + j * lanes;
    if (unit >= u.units) { break; }
    if (resumes && share == 0u) { d_attention[j] = carry[tile_at + unit]; }
    for (var i = 0u; i < ${OWN_TRIPS}; i++) {
      let r = first_row + i;
      if (resumes) {
        d_h[j * OWN_ROWS + i] = carry[(1u + 2u * r) * plane_size + tile_at + unit];
        d_c[j * OWN_ROWS + i] = carry[(2u + 2u * r) * plane_size + tile_at + unit];
      }
      if (u.first_step < end && end <= row_length[r]) {
        let here = frame_of(r, end - 1u, direction);
        c_now[j * OWN_ROWS + i] = cell_after(end - 1u, here, unit, direction);
      }
    }
  }

#if ${PREFETCH}
  if (end > u.first_step) { load_ahead(end - 1u, direction, mine, lanes, per_lane, first_row, own_rows); }
#endif
  for (var left = end; left > u.first_step; left--) {
    let s = left - 1u;
#if ${COMBINE}
    // once a step: remainders are slow
    let combining = combines(s, u.period);
    let slot = s % u.ring;
    let feeder = fed_by(s);
    if (combining) {
      for (var j = 0u; j < ${UNIT_TRIPS}; j++) {
        let unit = mine + j * lanes;
        if (unit >= u.units) { break; }
        for (var i = 0u; i < ${OWN_TRIPS}; i++) {
          let r = first_row + i;
          if (s >= row_length[r]) { continue; }
          let at = (frame_of(r, s, direction) * u.directions + direction) * u.units + unit;
          d_h[j * OWN_ROWS + i] += f32(d_outputs[at]);
#if ${KINDS} == 2
          exchange[unit * ROWS + r] = vec4(d_h[j * OWN_ROWS + i]);
#else
          d_c[j * OWN_ROWS + i] += d_h[j * OWN_ROWS + i];
          exchange[unit * ROWS + r] = vec4(d_c[j * OWN_ROWS + i]);
#endif
        }
      }
#if ${KINDS} == 2
      workgroupBarrier();
#if ${ATTEND}
      attend_backward(s, 1u, direction, lane);
#endif
      for (var j = 0u; j < ${UNIT_TRIPS}; j++) {
        let unit = mine + j * lanes;
        if (unit >= u.units) { break; }
        for (var i = 0u; i < ${OWN_TRIPS}; i++) {
          let r = first_row + i;
          if (s >= row_length[r]) { continue; }
          let here = frame_of(r, s, direction);
          let handed = hand_down(d_h[j * OWN_ROWS + i], r, s, slot, here, 1u, unit, direction);
          d_attention[j] += handed.d_attention;
          var g = handed.own;
          if (feeder < row_length[r]) { g += taken(r, slot, 1u, unit, direction); }
          let gate = vec4<f32>(gates[(here * u.directions + direction) * u.units + unit]);
          d_h[j * OWN_ROWS + i] = g;  // now of the raw h
          d_c[j * OWN_ROWS + i] += g * output_slope(gate, squashed_state(c_now[j * OWN_ROWS + i]));
          exchange[unit * ROWS + r] = vec4(d_c[j * OWN_ROWS + i]);
        }
      }
#endif
      workgroupBarrier();
#if ${ATTEND}
      attend_backward(s, 0u, direction, lane);
#endif
      for (var j = 0u; j < ${UNIT_TRIPS}; j++) {
        let unit = mine + j * lanes;
        if (unit >= u.units) { break; }
        for (var i = 0u; i < ${OWN_TRIPS}; i++) {
          let r = first_row + i;
          if (s >= row_length[r]) { continue; }
          let here = frame_of(r, s, direction);
          let handed = hand_down(d_c[j * OWN_ROWS + i], r, s, slot, here, 0u, unit, direction);
          d_attention[j] += handed.d_attention;
          d_c[j * OWN_ROWS + i] = handed.own;  // now of the raw C
          if (feeder < row_length[r]) {
            d_c[j * OWN_ROWS + i] += taken(r, slot, 0u, unit, direction);
          }
        }
      }
    }
#else
    let combining = false;
#endif
    let combined_before = s > 0u && combining_at(s - 1u);
#if ${COMBINE}
    // not in the loop below: some compilers run a branch that is not taken, once in each iteration
    if (feeder < length && !combining) {
      for (var j = 0u; j < ${UNIT_TRIPS}; j++) {
        let unit = mine + j * lanes;
        if (unit >= u.units) { break; }
        for (var i = 0u; i < ${OWN_TRIPS}; i++) {
          let r = first_row + i;
          if (feeder >= row_length[r]) { continue; }
#if ${KINDS} == 2
          d_h[j * OWN_ROWS + i] += taken(r, slot, 1u, unit, direction);
#endif
          d_c[j * OWN_ROWS + i] += taken(r, slot, 0u, unit, direction);
        }
      }
    }
    if (combined_before) {
      for (var j = 0u; j < ${UNIT_TRIPS}; j++) {
        let unit = mine + j * lanes;
        if (unit >= u.units) { break; }
        for (var i = 0u; i < ${OWN_TRIPS}; i++) {
          let r = first_row + i;
          if (s > row_length[r]) { continue; }
          let back = frame_of(r, s - 1u, direction);
          exchange[unit * ROWS + r] = vec4(combined_cell(s - 1u, back, unit, direction));
        }
      }
    }
#endif
    // through tanh, Eq. 6 and 7, and the gates' activations
    for (var j = 0u; j < ${UNIT_TRIPS}; j++) {
      let unit = mine + j * lanes;
      if (unit >= u.units) { break; }
      for (var i = 0u; i < ${OWN_TRIPS}; i++) {
        let r = first_row + i;
        let row_steps = row_length[r];
        var d_gate = vec4(0.0);
        if (s <= row_steps) {
          // at s = row_steps this row has not started yet: it only needs its last C'
          let here = frame_of(r, min(s, row_steps - 1u), direction);
          var before = 0.0;
          if (combined_before) {
            before = exchange[unit * ROWS + r].x;
          } else if (s > 0u) {
#if ${PREFETCH}
            before = f32(before_ahead[j * OWN_ROWS + i]);
#else
            before = f32(state_before(here, s < row_steps, unit, direction));
#endif
          }
          if (s < row_steps) {
            let at = (here * u.directions + direction) * u.units + unit;
#if ${PREFETCH}
            let gate = vec4<f32>(gate_ahead[j * OWN_ROWS + i]);
#else
            let gate = vec4<f32>(gates[at]);
#endif
            let t = squashed_state(c_now[j * OWN_ROWS + i]);
            var g = d_h[j * OWN_ROWS + i];
            var d = d_c[j * OWN_ROWS + i];
            if (!combining) {
#if ${PREFETCH}
              g += f32(d_output_ahead[j * OWN_ROWS + i]);
#else
              g += f32(d_outputs[at]);
#endif
              d += g * output_slope(gate, t);
            }
            d_gate = gate_gradient(gate, before, t, g, d);
            gates[at] = vec4<${REAL}>(d_gate);
            d_c[j * OWN_ROWS + i] = d * state_slope(gate);
          }
          c_now[j * OWN_ROWS + i] = before;
        }
        exchange[unit * ROWS + r] = d_gate;
      }
    }
    workgroupBarrier();
#if ${PREFETCH}
    if (s > u.first_step) { load_ahead(s - 1u, direction, mine, lanes, per_lane, first_row, own_rows); }
#endif
    // d h' of the step before: W_hh^T d_gates
    let turn = turned(s);
    let k_step = select(DEPTH * PARTS, 0u - DEPTH * PARTS, turn);
    let at_step = k_step * u.units;
    let g_step = k_step * ROWS;
#repeat d in 0..DEPTH
    let row_$(d) = $(d)u * u.units;
#end
    for (var j = 0u; j < ${UNIT_TRIPS}; j += BLOCK) {
      let first = own + j * lanes;
      if (first >= u.units) { break; }
      // in named sums: some compilers keep no array in registers
#repeat r in 0..ROWS
      var s$(r) = Sums();
#end
      let k_0 = select(DEPTH * share, last_k(DEPTH * share, DEPTH * PARTS), turn);
      var at = (direction * u.units + k_0) * u.units;
      var g_at = k_0 * ROWS;
      for (var k = DEPTH * share; k < u.units; k += DEPTH * PARTS) {
#repeat d in 0..DEPTH
        let w$(d) = weights_of(at + row_$(d), first, lanes);
#end
#repeat d in 0..DEPTH
#repeat r in 0..ROWS
        s$(r) += weighted(exchange[g_at + $(ROWS*d+r)u], w$(d));
#end
#end
        at += at_step;
        g_at += g_step;
      }
      var product = array(s$(0..ROWS));
      for (var b = 0u; b < ${BLOCK_TRIPS}; b++) {
        let unit = first + b * lanes;
        if (unit >= u.units) { break; }
        for (var r = 0u; r < ${ROW_TRIPS}; r++) {
#if ${BLOCK} == 4
          let d = product[r][b];
#else
          let d = product[r];
#endif
#if ${PARTS} == 1
          d_h[(j + b) * ROWS + r] = d;
#else
          if (r / OWN_ROWS == share) {
            d_h[(j + b) * OWN_ROWS + r % OWN_ROWS] = d;
          } else {
            sums[sent_at(share, r) + unit] = d;
          }
#endif
        }
      }
    }
    workgroupBarrier();
#if ${PARTS} == 1
#else
    for (var j = 0u; j < ${UNIT_TRIPS}; j++) {
      let unit = mine + j * lanes;
      if (unit >= u.units) { break; }
      for (var i = 0u; i < ${OWN_TRIPS}; i++) {
#repeat t in 1..PARTS
        d_h[j * OWN_ROWS + i] += sums[sent_at((share + $(t)u) % PARTS, first_row + i) + unit];
#end
      }
    }
#endif
  }

  if (u.first_step >= length) { return; }
#if ${PARTS} == 1
#else
#if ${ATTEND}
  // each finished its rows: the first adds up
  workgroupBarrier();
  for (var j = 0u; j < ${UNIT_TRIPS}; j++) {
    let unit = own + j * lanes;
    if (unit >= u.units || share == 0u) { break; }
    sums[sent_at(share, 0u) + unit] = d_attention[j];
  }
  workgroupBarrier();
  for (var j = 0u; j < ${UNIT_TRIPS}; j++) {
    let unit = own + j * lanes;
    if (unit >= u.units || share > 0u) { break; }
#repeat t in 1..PARTS
    d_attention[j] += sums[sent_at($(t)u, 0u) + unit];
#end
  }
#endif
#endif
  for (var j = 0u; j < ${UNIT_TRIPS}; j++) {
    let unit = mine + j * lanes;
    if (unit >= u.units) { break; }
    if (share == 0u) { carry[tile_at + unit] = d_attention[j]; }
    for (var i = 0u; i < ${OWN_TRIPS}; i++) {
      let r = first_row + i;
      carry[(1u + 2u * r) * plane_size + tile_at + unit] = d_h[j * OWN_ROWS + i];
      carry[(2u + 2u * r) * plane_size + tile_at + unit] = d_c[j * OWN_ROWS + i];
    }
  }
}
