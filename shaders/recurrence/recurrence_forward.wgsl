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
${recurrence_shares}

const BLOCK = ${BLOCK}u;
const UNITS_PER_LANE = ${UNITS_PER_LANE}u;
const CARRIED = UNITS_PER_LANE * OWN_ROWS;

// Rows of one unit that one lane finishes: it writes them as a whole, since WGSL lets a write to a vector's
// component touch all of the vector.
const GROUPS = ${GROUPS}u;  // a unit's
#if ${GROUP} == 1
alias Rows = f32;
#else
alias Rows = vec${GROUP}<f32>;
#endif
#if ${PARTS} == 1
// h' of the step before and of this step, [2][units][GROUPS]
var<workgroup> h: array<Rows, 2u * UNITS * GROUPS>;
#else
// h' of the step before, then of this step, [units][GROUPS]
var<workgroup> h: array<Rows, UNITS * GROUPS>;
// [PARTS - 1][ROWS][units]: sums for the lane that finishes the row
var<workgroup> sums: array<vec4<f32>, OTHERS * ROWS * UNITS>;
#endif

// h' of a unit's rows from first_row on; `half` is where its half of h begins.
fn keep(half: u32, unit: u32, first_row: u32, y: array<f32, OWN_ROWS>) {
  let at = half + unit * GROUPS + first_row / ${GROUP}u;
#repeat g in 0..OWN_GROUPS
  h[at + $(g)u] = Rows(
#repeat r in 0..GROUP
    y[$(GROUP*g+r)],
#end
  );
#end
}

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

struct Advanced {
  c: f32,
  y: f32,
}

// Stores the gates of one unit and its raw C; unless the step combines also h', y. `feeding`: a later step
// combines what this one leaves.
fn advance(
  x: vec4<f32>, product: vec4<f32>, before: f32, at: u32, unit: u32, combining: bool, feeding: bool,
) -> Advanced {
  let gate = activated(x, product);
  gates[at * u.units + unit] = vec4<${REAL}>(gate);
  let c = state_of(gate, before);
  states[at * u.state_stride + unit] = ${REAL}(c);
  var y = 0.0;
  if (!combining) {
    y = output_of(gate, squashed_state(c));
#if ${COMBINE}
#if ${KINDS} == 2
    if (feeding) { states[at * u.state_stride + u.units + unit] = ${REAL}(y); }
#endif
#endif
    outputs[at * u.units + unit] = ${REAL}(y);
  }
  return Advanced(c, y);
}

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let direction = group.y;
  load_tile(group.x * ROWS, u.rows, lane);
  let lanes = LANES / PARTS;
  let share = share_of(lane);
  let own = lane - share * lanes;
  let first_row = share * OWN_ROWS;
  let own_rows = (u.tile_rows + PARTS - 1u) / PARTS;
  let mine = select(own, u.units, first_row >= ROWS);  // the first unit that the lane finishes
  let last = min(u.first_step + u.step_count, workgroupUniformLoad(&tile_length));
  let per_lane = (u.units + lanes - 1u) / lanes;
  var c_before: array<f32, CARRIED>;  // C' of the step before

  // from an earlier dispatch
  for (var j = 0u; j < ${UNIT_TRIPS}; j++) {
    let unit = mine + j * lanes;
    if (unit >= u.units) { break; }
    var y = array<f32, OWN_ROWS>();
    for (var i = 0u; i < ${OWN_TRIPS}; i++) {
      let r = first_row + i;
      var c = 0.0;
      if (u.first_step > 0u && u.first_step < row_length[r]) {
        let s = u.first_step - 1u;
        let here = frame_of(r, s, direction);
        y[i] = f32(outputs[(here * u.directions + direction) * u.units + unit]);
        c = cell_after(s, here, unit, direction);
      }
      c_before[j * OWN_ROWS + i] = c;
    }
    keep(0u, unit, first_row, y);
  }
  workgroupBarrier();

  var now = 0u;  // where the half of h begins that holds the step before
  for (var s = u.first_step; s < last; s++) {
#if ${COMBINE}
    let combining = combines(s, u.period);
    let feeding = feeds(s);  // once a step: remainders are slow
#else
    let combining = false;
    let feeding = false;
#endif
    let turn = turned(s);
    let k_step = select(4u * PARTS, 0u - 4u * PARTS, turn);
    let w_step = k_step * u.units;
    let h_step = k_step * GROUPS;
#if ${PARTS} == 1
    let next = UNITS * GROUPS - now;
#else
    let next = now;
    var sum = array<vec4<f32>, CARRIED>();  // the lane's own share of what it finishes
#endif
#if ${PREFETCH}
    // gates of this step: they arrive during the loop over k
    var ahead = array<vec4<${REAL}>, CARRIED>();
    for (var j = 0u; j < ${UNIT_TRIPS}; j++) {
      let unit = mine + j * lanes;
      if (unit >= u.units) { break; }
      for (var i = 0u; i < ${OWN_TRIPS}; i++) {
        let r = first_row + i;
        if (s >= row_length[r]) { continue; }
        ahead[j * OWN_ROWS + i] = gates[(frame_of(r, s, direction) * u.directions + direction) * u.units + unit];
      }
    }
#endif
    for (var j = 0u; j < ${UNIT_TRIPS}; j += BLOCK) {
      let first = own + j * lanes;
      if (first >= u.units) { break; }
#repeat b in 0..BLOCK
      let unit_$(b) = min(first + $(b)u * lanes, u.units - 1u);
#end
      // W_hh h' of every row, in named sums: some compilers keep no array in registers. Each h is loaded once
      // for all units of the block.
#repeat i in 0..BLOCK*ROWS
      var s$(i) = vec4(0.0);
#end
      let k_0 = select(4u * share, last_k(4u * share, 4u * PARTS), turn);
      var w_at = (direction * u.units + k_0) * u.units;
      var h_at = now + k_0 * GROUPS;
      for (var k = 4u * share; k < u.units; k += 4u * PARTS) {
        // four k at a time: a sum is updated once for four products, and four loads are in flight
#repeat i in 0..4
#repeat g in 0..GROUPS
#if ${GROUP} == 1
        let x$(i)_$(g) = h[h_at + $(GROUPS*i+g)u];
#else
        let rows$(i)_$(g) = h[h_at + $(GROUPS*i+g)u];
#repeat r in 0..GROUP
        let x$(i)_$(GROUP*g+r) = rows$(i)_$(g)[$(r)];
#end
#endif
#end
#end
#repeat b in 0..BLOCK
        let w$(b) = weights_at(w_at + unit_$(b));
#repeat r in 0..ROWS
        s$(b*ROWS+r) += w$(b) * vec4(x0_$(r), x1_$(r), x2_$(r), x3_$(r));
#end
#end
        w_at += w_step;
        h_at += h_step;
      }
      // indexed freely below
      var product = array(s$(0..BLOCK*ROWS));
      for (var b = 0u; b < ${BLOCK_TRIPS}; b++) {
        let unit = first + b * lanes;
        if (unit >= u.units) { break; }
#if ${PARTS} == 1
        var y = array<f32, ROWS>();
        for (var r = 0u; r < ${ROW_TRIPS}; r++) {
          if (s >= row_length[r]) { continue; }
          let at = frame_of(r, s, direction) * u.directions + direction;
          let carried = (j + b) * ROWS + r;
#if ${PREFETCH}
          let x = vec4<f32>(ahead[carried]);
#else
          let x = vec4<f32>(gates[at * u.units + unit]);
#endif
          let reached = advance(x, product[b * ROWS + r], c_before[carried], at, unit, combining, feeding);
          c_before[carried] = reached.c;
          y[r] = reached.y;
        }
        if (!combining) { keep(next, unit, 0u, y); }
#else
        for (var r = 0u; r < ${ROW_TRIPS}; r++) {
          if (r / OWN_ROWS == share) {
            sum[(j + b) * OWN_ROWS + r % OWN_ROWS] = product[b * ROWS + r];
          } else {
            sums[sent_at(share, r) + unit] = product[b * ROWS + r];
          }
        }
#endif
      }
    }
#if ${PARTS} == 1
#else
    workgroupBarrier();
    for (var j = 0u; j < ${UNIT_TRIPS}; j++) {
      let unit = mine + j * lanes;
      if (unit >= u.units) { break; }
      var y = array<f32, OWN_ROWS>();
      for (var i = 0u; i < ${OWN_TRIPS}; i++) {
        let r = first_row + i;
        if (s >= row_length[r]) { continue; }
        let at = frame_of(r, s, direction) * u.directions + direction;
        let carried = j * OWN_ROWS + i;
        var product = sum[carried];
#repeat t in 1..PARTS
        product += sums[sent_at((share + $(t)u) % PARTS, r) + unit];
#end
#if ${PREFETCH}
        let x = vec4<f32>(ahead[carried]);
#else
        let x = vec4<f32>(gates[at * u.units + unit]);
#endif
        let reached = advance(x, product, c_before[carried], at, unit, combining, feeding);
        c_before[carried] = reached.c;
        y[i] = reached.y;
      }
      if (!combining) { keep(next, unit, first_row, y); }
    }
#endif
#if ${COMBINE}
    if (combining) {
      storageBarrier();
#if ${ATTEND}
      attend(s, 0u, direction, lane);
#endif
#if ${KINDS} == 2
      var raw = array<f32, CARRIED>();  // h, until combined below
#endif
      for (var j = 0u; j < ${UNIT_TRIPS}; j++) {
        let unit = mine + j * lanes;
        if (unit >= u.units) { break; }
        var y = array<f32, OWN_ROWS>();
        for (var i = 0u; i < ${OWN_TRIPS}; i++) {
          let r = first_row + i;
          if (s >= row_length[r]) { continue; }
          let here = frame_of(r, s, direction);
          let at = here * u.directions + direction;
          let c = combined(c_before[j * OWN_ROWS + i], r, s, here, 0u, unit, direction);
          c_before[j * OWN_ROWS + i] = c;
#if ${KINDS} == 2
          let own_h = output_of(vec4<f32>(gates[at * u.units + unit]), squashed_state(c));
          states[at * u.state_stride + u.units + unit] = ${REAL}(own_h);
          raw[j * OWN_ROWS + i] = own_h;
#else
          outputs[at * u.units + unit] = ${REAL}(c);
          y[i] = c;
#endif
        }
#if ${KINDS} == 1
        keep(next, unit, first_row, y);
#endif
      }
#if ${KINDS} == 2
      storageBarrier();
#if ${ATTEND}
      attend(s, 1u, direction, lane);
#endif
      for (var j = 0u; j < ${UNIT_TRIPS}; j++) {
        let unit = mine + j * lanes;
        if (unit >= u.units) { break; }
        var y = array<f32, OWN_ROWS>();
        for (var i = 0u; i < ${OWN_TRIPS}; i++) {
          let r = first_row + i;
          if (s >= row_length[r]) { continue; }
          let here = frame_of(r, s, direction);
          y[i] = combined(raw[j * OWN_ROWS + i], r, s, here, 1u, unit, direction);
          outputs[(here * u.directions + direction) * u.units + unit] = ${REAL}(y[i]);
        }
        keep(next, unit, first_row, y);
      }
#endif
    }
#endif
    now = next;
    workgroupBarrier();
  }
}
