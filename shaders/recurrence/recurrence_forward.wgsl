// The recurrent cell over time (Eq. 3-12), both directions in one dispatch, steps first_step up to
// first_step + step_count of every row; a workgroup loops over time for ROWS utterances.
//   gates   [frames,directions,units,4]  in: W_ih x + b; out: i, f, g, o after their activations   updates
//           (for a GRU see gru_cell)
//   states  [frames,directions,state_stride]                                                      overwrites
//           raw C [units]; where COMBINE also raw h [units], the weights of C [K] and of h [K]
//           of a GRU raw h [units]; where COMBINE also its weights [K]
//   outputs [frames,directions,units]    h'                                                        overwrites
//   weight  [directions,units (k),units (u),4]; attention [directions,units]; sequences [rows]
struct Uniforms {
${recurrence_uniforms}
  tile_rows: u32,  // ROWS, as a number unknown to compilers
  block: u32,      // units that a lane multiplies at a time
}
${recurrence_bindings}
@group(0) @binding(4) var<storage, read_write> states: array<${REAL}>;
@group(0) @binding(5) var<storage, read_write> outputs: array<${REAL}>;
@group(0) @binding(6) var<uniform> u: Uniforms;

${recurrence_tile}
${activation}
${recurrence_cell}
${recurrence_states}

const BLOCK = ${BLOCK}u;
const UNITS_PER_LANE = ${UNITS_PER_LANE}u;
const CARRIED = UNITS_PER_LANE * ROWS;

// h' of the step before and of this step, [2][ROWS][units], four units a vec4
var<workgroup> h: array<vec4<f32>, 2u * ROWS * (UNITS / 4u)>;
#if ${ATTEND}
fn factor(row: u32, unit: u32, direction: u32) -> f32 {
  return attention[direction * u.units + unit];
}
${recurrence_scores}
// Weights of the states `plane` that step s combines: softmax over S of attention . state. Left in mix and in states.
fn attend(s: u32, plane: u32, direction: u32, lane: u32) {
  score(s, plane, direction, lane);
  for (var r = lane; r < ROWS; r += LANES) {
    if (s >= row_length[r]) { continue; }
    softmax(r, s);
    let at = kept_at(frame_of(r, s, direction), plane, direction);
    for (var k = 0u; k < OFFSET_COUNT; k++) { states[at + k] = ${REAL}(mix[r * OFFSET_COUNT + k]); }
  }
  workgroupBarrier();
}
#endif

// Weights of four k and one unit: a column a k, a row a gate.
fn weights_at(at: u32) -> mat4x4<f32> {
  return mat4x4<f32>(
    vec4<f32>(weight[at]),
    vec4<f32>(weight[at + u.units]),
    vec4<f32>(weight[at + 2u * u.units]),
    vec4<f32>(weight[at + 3u * u.units]));
}

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let direction = group.y;
  load_tile(group.x * ROWS, u.rows, lane);
  let units_4 = UNITS / 4u;
  let last = min(u.first_step + u.step_count, workgroupUniformLoad(&tile_length));
  let per_lane = (u.units + LANES - 1u) / LANES;
  var c_before: array<f32, CARRIED>;  // C' of the step before

  // from an earlier dispatch
  for (var j = 0u; j < ${UNIT_TRIPS}; j++) {
    let unit = lane + j * LANES;
    if (unit >= u.units) { break; }
    for (var r = 0u; r < ${ROW_TRIPS}; r++) {
      var c = 0.0;
      var y = 0.0;
      if (u.first_step > 0u && u.first_step < row_length[r]) {
        let s = u.first_step - 1u;
        let here = frame_of(r, s, direction);
        y = f32(outputs[(here * u.directions + direction) * u.units + unit]);
        c = cell_after(s, here, unit, direction);
      }
      c_before[j * ROWS + r] = c;
      h[r * units_4 + unit / 4u][unit % 4u] = y;
    }
  }
  workgroupBarrier();

  var now = 0u;  // which half of h holds the step before
  for (var s = u.first_step; s < last; s++) {
#if ${COMBINE}
    let combining = combines(s, u.period);
    let feeding = feeds(s);  // once a step: remainders are slow
#else
    let combining = false;
#endif
    let next = ROWS * units_4 - now;
    for (var j = 0u; j < ${UNIT_TRIPS}; j += BLOCK) {
      let first = lane + j * LANES;
      if (first >= u.units) { break; }
#repeat b in 0..BLOCK
      let unit_$(b) = min(first + $(b)u * LANES, u.units - 1u);
#end
      // W_hh h' of every row, in named sums: some compilers keep no array in registers. Each h is loaded once
      // for all units of the block.
#repeat i in 0..BLOCK*ROWS
      var s$(i) = vec4(0.0);
#end
      var w_at = direction * u.units * u.units;
      var h_at = now;
      for (var k = 0u; k < u.units; k += 4u) {
        // four k at a time: a sum is updated once for four products, and four loads are in flight
#repeat b in 0..BLOCK
        let w$(b) = weights_at(w_at + unit_$(b));
#repeat r in 0..ROWS
        s$(b*ROWS+r) += w$(b) * h[h_at + $(r)u * units_4];
#end
#end
        w_at += 4u * u.units;
        h_at++;
      }
      // indexed freely below
      var product = array(s$(0..BLOCK*ROWS));
      for (var b = 0u; b < ${BLOCK_TRIPS}; b++) {
        let unit = first + b * LANES;
        if (unit >= u.units) { break; }
        for (var r = 0u; r < ${ROW_TRIPS}; r++) {
          if (s >= row_length[r]) { continue; }
          let at = frame_of(r, s, direction) * u.directions + direction;
          let gate = activated(vec4<f32>(gates[at * u.units + unit]), product[b * ROWS + r]);
          gates[at * u.units + unit] = vec4<${REAL}>(gate);
          let c = state_of(gate, c_before[(j + b) * ROWS + r]);
          states[at * u.state_stride + unit] = ${REAL}(c);
          c_before[(j + b) * ROWS + r] = c;
          if (!combining) {
            let y = output_of(gate, squashed_state(c));
#if ${COMBINE}
#if ${KINDS} == 2
            if (feeding) { states[at * u.state_stride + u.units + unit] = ${REAL}(y); }
#endif
#endif
            outputs[at * u.units + unit] = ${REAL}(y);
            h[next + r * units_4 + unit / 4u][unit % 4u] = y;
          }
        }
      }
    }
#if ${COMBINE}
    if (combining) {
      storageBarrier();
#if ${ATTEND}
      attend(s, 0u, direction, lane);
#endif
      for (var j = 0u; j < ${UNIT_TRIPS}; j++) {
        let unit = lane + j * LANES;
        if (unit >= u.units) { break; }
        for (var r = 0u; r < ${ROW_TRIPS}; r++) {
          if (s >= row_length[r]) { continue; }
          let here = frame_of(r, s, direction);
          let at = here * u.directions + direction;
          let c = combined(c_before[j * ROWS + r], r, s, here, 0u, unit, direction);
          c_before[j * ROWS + r] = c;
#if ${KINDS} == 2
          let y = output_of(vec4<f32>(gates[at * u.units + unit]), squashed_state(c));
          states[at * u.state_stride + u.units + unit] = ${REAL}(y);
          h[next + r * units_4 + unit / 4u][unit % 4u] = y;  // raw, until combined below
#else
          outputs[at * u.units + unit] = ${REAL}(c);
          h[next + r * units_4 + unit / 4u][unit % 4u] = c;
#endif
        }
      }
#if ${KINDS} == 2
      storageBarrier();
#if ${ATTEND}
      attend(s, 1u, direction, lane);
#endif
      for (var j = 0u; j < ${UNIT_TRIPS}; j++) {
        let unit = lane + j * LANES;
        if (unit >= u.units) { break; }
        for (var r = 0u; r < ${ROW_TRIPS}; r++) {
          if (s >= row_length[r]) { continue; }
          let here = frame_of(r, s, direction);
          let raw = h[next + r * units_4 + unit / 4u][unit % 4u];
          let y = combined(raw, r, s, here, 1u, unit, direction);
          outputs[(here * u.directions + direction) * u.units + unit] = ${REAL}(y);
          h[next + r * units_4 + unit / 4u][unit % 4u] = y;
        }
      }
#endif
    }
#endif
    now = next;
    workgroupBarrier();
  }
}
