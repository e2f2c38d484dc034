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

const UNITS_PER_LANE = ${UNITS_PER_LANE}u;
const BLOCK = ${BLOCK}u;  // 1 or 4

${recurrence_units}

// [units][ROWS]: gradients that other lanes read
var<workgroup> exchange: array<vec4<f32>, UNITS * ROWS>;
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

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let direction = group.y;
  load_tile(group.x * ROWS, u.rows, lane);
  let length = workgroupUniformLoad(&tile_length);
  let end = min(u.first_step + u.step_count, length);
  let per_lane = (u.units + LANES - 1u) / LANES;
  let plane_size = u.tiles * u.directions * u.units;
  let tile_at = (group.x * u.directions + direction) * u.units;
  var d_h: array<f32, UNITS_PER_LANE * ROWS>;  // d h' of the current step, from the step after it
  var d_c: array<f32, UNITS_PER_LANE * ROWS>;  // d C' likewise
  var c_now: array<f32, UNITS_PER_LANE * ROWS>;  // C' of the current step
  var d_attention: array<f32, UNITS_PER_LANE>;

  let resumes = u.first_step + u.step_count < length;
  for (var j = 0u; j < ${UNIT_TRIPS}; j++) {
    let unit = lane + j * LANES;
    if (unit >= u.units) { break; }
    if (resumes) { d_attention[j] = carry[tile_at + unit]; }
    for (var r = 0u; r < ${ROW_TRIPS}; r++) {
      if (resumes) {
        d_h[j * ROWS + r] = carry[(1u + 2u * r) * plane_size + tile_at + unit];
        d_c[j * ROWS + r] = carry[(2u + 2u * r) * plane_size + tile_at + unit];
      }
      if (u.first_step < end && end <= row_length[r]) {
        let here = frame_of(r, end - 1u, direction);
        c_now[j * ROWS + r] = cell_after(end - 1u, here, unit, direction);
      }
    }
  }

  for (var left = end; left > u.first_step; left--) {
    let s = left - 1u;
#if ${COMBINE}
    // once a step: remainders are slow
    let combining = combines(s, u.period);
    let slot = s % u.ring;
    let feeder = fed_by(s);
    if (combining) {
      for (var j = 0u; j < ${UNIT_TRIPS}; j++) {
        let unit = lane + j * LANES;
        if (unit >= u.units) { break; }
        for (var r = 0u; r < ${ROW_TRIPS}; r++) {
          if (s >= row_length[r]) { continue; }
          let at = (frame_of(r, s, direction) * u.directions + direction) * u.units + unit;
          d_h[j * ROWS + r] += f32(d_outputs[at]);
#if ${KINDS} == 2
          exchange[unit * ROWS + r] = vec4(d_h[j * ROWS + r]);
#else
          d_c[j * ROWS + r] += d_h[j * ROWS + r];
          exchange[unit * ROWS + r] = vec4(d_c[j * ROWS + r]);
#endif
        }
      }
#if ${KINDS} == 2
      workgroupBarrier();
#if ${ATTEND}
      attend_backward(s, 1u, direction, lane);
#endif
      for (var j = 0u; j < ${UNIT_TRIPS}; j++) {
        let unit = lane + j * LANES;
        if (unit >= u.units) { break; }
        for (var r = 0u; r < ${ROW_TRIPS}; r++) {
          if (s >= row_length[r]) { continue; }
          let here = frame_of(r, s, direction);
          let handed = hand_down(d_h[j * ROWS + r], r, s, slot, here, 1u, unit, direction);
          d_attention[j] += handed.d_attention;
          var g = handed.own;
          if (feeder < row_length[r]) { g += taken(r, slot, 1u, unit, direction); }
          let gate = vec4<f32>(gates[(here * u.directions + direction) * u.units + unit]);
          d_h[j * ROWS + r] = g;  // now of the raw h
          d_c[j * ROWS + r] += g * output_slope(gate, squashed_state(c_now[j * ROWS + r]));
          exchange[unit * ROWS + r] = vec4(d_c[j * ROWS + r]);
        }
      }
#endif
      workgroupBarrier();
#if ${ATTEND}
      attend_backward(s, 0u, direction, lane);
#endif
      for (var j = 0u; j < ${UNIT_TRIPS}; j++) {
        let unit = lane + j * LANES;
        if (unit >= u.units) { break; }
        for (var r = 0u; r < ${ROW_TRIPS}; r++) {
          if (s >= row_length[r]) { continue; }
          let here = frame_of(r, s, direction);
          let handed = hand_down(d_c[j * ROWS + r], r, s, slot, here, 0u, unit, direction);
          d_attention[j] += handed.d_attention;
          d_c[j * ROWS + r] = handed.own;  // now of the raw C
          if (feeder < row_length[r]) {
            d_c[j * ROWS + r] += taken(r, slot, 0u, unit, direction);
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
        let unit = lane + j * LANES;
        if (unit >= u.units) { break; }
        for (var r = 0u; r < ${ROW_TRIPS}; r++) {
          if (feeder >= row_length[r]) { continue; }
#if ${KINDS} == 2
          d_h[j * ROWS + r] += taken(r, slot, 1u, unit, direction);
#endif
          d_c[j * ROWS + r] += taken(r, slot, 0u, unit, direction);
        }
      }
    }
    if (combined_before) {
      for (var j = 0u; j < ${UNIT_TRIPS}; j++) {
        let unit = lane + j * LANES;
        if (unit >= u.units) { break; }
        for (var r = 0u; r < ${ROW_TRIPS}; r++) {
          if (s > row_length[r]) { continue; }
          let back = frame_of(r, s - 1u, direction);
          exchange[unit * ROWS + r].x = combined_cell(s - 1u, back, unit, direction);
        }
      }
    }
#endif
    // through tanh, Eq. 6 and 7, and the gates' activations
    for (var j = 0u; j < ${UNIT_TRIPS}; j++) {
      let unit = lane + j * LANES;
      if (unit >= u.units) { break; }
      for (var r = 0u; r < ${ROW_TRIPS}; r++) {
        let row_steps = row_length[r];
        var d_gate = vec4(0.0);
        if (s <= row_steps) {
          // at s = row_steps this row has not started yet: it only needs its last C'
          let here = frame_of(r, min(s, row_steps - 1u), direction);
          var before = 0.0;
          if (combined_before) {
            before = exchange[unit * ROWS + r].x;
          } else if (s > 0u) {
            let back = select(step_back(here, 1u, direction), here, s == row_steps);
            before = f32(states[state_at(back, 0u, direction) + unit]);
          }
          if (s < row_steps) {
            let at = (here * u.directions + direction) * u.units + unit;
            let gate = vec4<f32>(gates[at]);
            let t = squashed_state(c_now[j * ROWS + r]);
            var g = d_h[j * ROWS + r];
            var d = d_c[j * ROWS + r];
            if (!combining) {
              g += f32(d_outputs[at]);
              d += g * output_slope(gate, t);
            }
            d_gate = gate_gradient(gate, before, t, g, d);
            gates[at] = vec4<${REAL}>(d_gate);
            d_c[j * ROWS + r] = d * state_slope(gate);
          }
          c_now[j * ROWS + r] = before;
        }
        exchange[unit * ROWS + r] = d_gate;
      }
    }
    workgroupBarrier();
    // d h' of the step before: W_hh^T d_gates
    for (var j = 0u; j < ${UNIT_TRIPS}; j += BLOCK) {
      let first = lane + j * LANES;
      if (first >= u.units) { break; }
      // in named sums: some compilers keep no array in registers
#repeat r in 0..ROWS
      var s$(r) = Sums();
#end
      var at = direction * u.units * u.units;
      var g_at = 0u;
      for (var k = 0u; k < u.units; k++) {
        let w = weights_of(at, first);
#repeat r in 0..ROWS
        s$(r) += weighted(exchange[g_at + $(r)u], w);
#end
        at += u.units;
        g_at += ROWS;
      }
      var product = array(s$(0..ROWS));
      for (var b = 0u; b < ${BLOCK_TRIPS}; b++) {
        if (first + b * LANES >= u.units) { break; }
        for (var r = 0u; r < ${ROW_TRIPS}; r++) {
#if ${BLOCK} == 4
          d_h[(j + b) * ROWS + r] = product[r][b];
#else
          d_h[(j + b) * ROWS + r] = product[r];
#endif
        }
      }
    }
    workgroupBarrier();
  }

  for (var j = 0u; j < ${UNIT_TRIPS}; j++) {
    let unit = lane + j * LANES;
    if (unit >= u.units || u.first_step >= length) { break; }
    carry[tile_at + unit] = d_attention[j];
    for (var r = 0u; r < ${ROW_TRIPS}; r++) {
      carry[(1u + 2u * r) * plane_size + tile_at + unit] = d_h[j * ROWS + r];
      carry[(2u + 2u * r) * plane_size + tile_at + unit] = d_c[j * ROWS + r];
    }
  }
}
