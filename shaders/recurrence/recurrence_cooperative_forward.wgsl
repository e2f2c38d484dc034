// The recurrent cell over time (Eq. 3-12), split by units too: a tile has one workgroup for each slice of SLICE units. They
// loop over step_count steps and exchange h' and scores through words of `exchange` (common/recurrence_words.wgsl),
// which is zero before the first step. All workgroups of a tile must run at once; if `probing` they only check
// whether they do.
//   gates    [frames,directions,units,4]  in: W_ih x + b; out: i, f, g, o (of a GRU: gru_cell) after their activations   updates
//   states   [frames,directions,state_stride]  as recurrence_forward leaves them                  overwrites
//   outputs  [frames,directions,units]    h'                                                       overwrites
//   exchange [words]                      common/recurrence_cooperative.wgsl, HANDED 1: h'         updates
//   weight [directions,units (k),units (u),4]; attention [directions,units]; sequences [rows]
struct Uniforms {
${recurrence_uniforms}
  slices: u32,
  patience: u32,
  words: u32,
  probing: u32,
}
${recurrence_bindings}
@group(0) @binding(4) var<storage, read_write> states: array<${REAL}>;
@group(0) @binding(5) var<storage, read_write> outputs: array<${REAL}>;
@group(0) @binding(6) var<storage, read_write> exchange: array<atomic<u32>>;
@group(0) @binding(7) var<uniform> u: Uniforms;

${recurrence_tile}
const HANDED = 1u;
${activation}
${recurrence_cell}
${recurrence_states}
${recurrence_words}
${recurrence_cooperative}

const QUADS = ROWS / 4u;
const LANE_QUADS = ${LANE_QUADS}u;        // quads of rows that a lane multiplies
const LANE_ROWS = 4u * LANE_QUADS;
const ROW_LANES = QUADS / LANE_QUADS;    // lanes that share a tile's rows
const KEPT = ${KEPT}u;                    // k that a lane multiplies

var<workgroup> h: array<vec4<f32>, UNITS * QUADS>;           // h' of the step before, [units][ROWS]
var<workgroup> sums: array<vec4<f32>, LANES * LANE_ROWS>;    // [part][ROWS][SLICE], four gates each
var<workgroup> cell: array<f32, PAIRS>;                      // C' of the step before
#if ${WEIGHTS} == 0
var<workgroup> kept: array<vec4<${REAL}>, UNITS * SLICE>;    // [k][SLICE]
#endif
#if ${WEIGHTS} == 1
// a lane's, in named variables: some compilers keep no array in registers
#repeat j in 0..KEPT
var<private> kept_$(j): vec4<${REAL}>;
#end
#endif

// A lane's share of the product: the unit `own`, LANE_QUADS quads of rows, and every `parts`-th k.
struct Share {
  own: u32,
  quad: u32,
  part: u32,
  parts: u32,
}

fn share_of(lane: u32) -> Share {
  let parts = LANES / (SLICE * ROW_LANES);
  return Share(lane % SLICE, lane / SLICE % ROW_LANES * LANE_QUADS, lane / (SLICE * ROW_LANES), parts);
}

fn weight_at(k: u32, own: u32, slice: u32, direction: u32) -> vec4<${REAL}> {
  let unit = min(slice * SLICE + own, u.units - 1u);
  return weight[(direction * u.units + k) * u.units + unit];
}

fn keep_weights(slice: u32, direction: u32, lane: u32) {
#if ${WEIGHTS} == 0
  for (var i = lane; i < u.units * SLICE; i += LANES) {
    kept[i] = weight_at(i / SLICE, i % SLICE, slice, direction);
  }
#endif
#if ${WEIGHTS} == 1
  let share = share_of(lane);
  if (share.part < share.parts) {
#repeat j in 0..KEPT
    if (share.part + share.parts * $(j)u < u.units) {
      kept_$(j) = weight_at(share.part + share.parts * $(j)u, share.own, slice, direction);
    }
#end
  }
#endif
}

// h' of the step before step s, of all units: left in h. Some words are loaded at once, then those still missing are
// waited for; a lane writes whole vectors.
fn receive_outputs(s: u32, direction: u32, lane: u32) {
  let count = u.units * QUADS;
  if (s == 0u) {
    for (var i = lane; i < count; i += LANES) { h[i] = vec4(0.0); }
    return;
  }
  let phase = vec4(phase_of((s - 1u) / SLOTS));
  for (var first = lane; first < count; first += ${BATCH}u * LANES) {
#repeat b in 0..BATCH
    let i_$(b) = min(first + $(b)u * LANES, count - 1u);
    let r_$(b) = 4u * (i_$(b) / u.units);
    let wanted_$(b) = vec4(s < row_length[r_$(b)], s < row_length[r_$(b) + 1u],
                           s < row_length[r_$(b) + 2u], s < row_length[r_$(b) + 3u]);
    let at_$(b) = i_$(b) % u.units + vec4(handed_at(r_$(b), s - 1u, 0u, direction),
                                         handed_at(r_$(b) + 1u, s - 1u, 0u, direction),
                                         handed_at(r_$(b) + 2u, s - 1u, 0u, direction),
                                         handed_at(r_$(b) + 3u, s - 1u, 0u, direction));
    let words_$(b) = peek(at_$(b), wanted_$(b));
#end
#repeat b in 0..BATCH
    if (first + $(b)u * LANES < count) {
      h[i_$(b) % u.units * QUADS + i_$(b) / u.units] = receive(words_$(b), at_$(b), phase, wanted_$(b));
    }
#end
  }
}

// W_hh h' of the slice's units: left in sums.
fn multiply(slice: u32, direction: u32, lane: u32) {
  let share = share_of(lane);
  if (share.part >= share.parts) { return; }
#repeat i in 0..4*LANE_QUADS
  var s$(i) = vec4(0.0);
#end
#if ${WEIGHTS} == 1
#repeat j in 0..KEPT
  {
    // past the last k the weight is zero
    let at = min(share.part + share.parts * $(j)u, u.units - 1u) * QUADS + share.quad;
    let w = vec4<f32>(kept_$(j));
#repeat q in 0..LANE_QUADS
    let x$(q) = h[at + $(q)u];
#repeat i in 0..4
    s$(4*q+i) += x$(q)[$(i)] * w;
#end
#end
  }
#end
#else
  for (var k = share.part; k < u.units; k += share.parts) {
    let at = k * QUADS + share.quad;
#if ${WEIGHTS} == 0
    let w = vec4<f32>(kept[k * SLICE + share.own]);
#else
    let w = vec4<f32>(weight_at(k, share.own, slice, direction));
#endif
#repeat q in 0..LANE_QUADS
    let x$(q) = h[at + $(q)u];
#repeat i in 0..4
    s$(4*q+i) += x$(q)[$(i)] * w;
#end
#end
  }
#endif
  let at = (share.part * ROWS + 4u * share.quad) * SLICE + share.own;
#repeat i in 0..4*LANE_QUADS
  sums[at + $(i)u * SLICE] = s$(i);
#end
}

// C' of the step before the first of this dispatch.
fn cell_before(pair: Pair, direction: u32) -> f32 {
  if (u.first_step == 0u || u.first_step >= row_length[pair.r]) { return 0.0; }
  let s = u.first_step - 1u;
  return cell_after(s, frame_of(pair.r, s, direction), pair.unit, direction);
}

fn deliver(pair: Pair, s: u32, direction: u32, y: f32) {
  // after a wait that timed out everything is NaN, also what no other workgroup reads
  let passed_on = bitcast<f32>(select(bitcast<u32>(y), NAN, atomicLoad(&gave_up) != 0u));
  outputs[index_of(pair.r, s, pair.unit, direction)] = ${REAL}(passed_on);
  send(handed_at(pair.r, s, 0u, direction) + pair.unit, passed_on, phase_of(s / SLOTS));
}

#if ${COMBINE}
// Weighted sum over S of the states `plane` of a pair (Eq. 8, 11), all of them as they are stored.
fn combined_states(pair: Pair, s: u32, plane: u32, direction: u32) -> f32 {
  let here = frame_of(pair.r, s, direction);
  let own = f32(states[state_at(here, plane, direction) + pair.unit]);
  return combined(own, pair.r, s, here, plane, pair.unit, direction);
}
#endif

#if ${ATTEND}
fn factor(pair: Pair, direction: u32) -> f32 {
  return attention[direction * u.units + pair.unit];
}

fn uses(r: u32, s: u32) -> u32 { return combinations(s) - 1u; }

// Weights of the states `plane` that step s combines, left in mix and, by the first slice, in states.
fn attend(s: u32, plane: u32, slice: u32, direction: u32, lane: u32) {
  send_scores(s, plane, slice, direction, lane);
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

// C' of a step that combines, then its h' (Eq. 8-12).
fn combine_step(s: u32, slice: u32, direction: u32, lane: u32) {
  attend(s, 0u, slice, direction, lane);
  for (var i = lane; i < PAIRS; i += LANES) {
    let pair = pair_at(i, slice);
    if (!lives(pair, s)) { continue; }
    let c = combined_states(pair, s, 0u, direction);
    cell[i] = c;
#if ${KINDS} == 2
    let gate = vec4<f32>(gates[index_of(pair.r, s, pair.unit, direction)]);
    states[state_at(frame_of(pair.r, s, direction), 1u, direction) + pair.unit] =
      ${REAL}(output_of(gate, squashed_state(c)));
#else
    deliver(pair, s, direction, c);
#endif
  }
#if ${KINDS} == 2
  attend(s, 1u, slice, direction, lane);
  for (var i = lane; i < PAIRS; i += LANES) {
    let pair = pair_at(i, slice);
    if (lives(pair, s)) { deliver(pair, s, direction, combined_states(pair, s, 1u, direction)); }
  }
#endif
}
#endif

// Gates, C and h' of a pair from W_ih x and the partial sums (Eq. 3-7). A step that combines by attention gets its C' and
// h' in combine_step.
fn finish(pair: Pair, i: u32, x: vec4<f32>, s: u32, combining: bool, parts: u32, direction: u32) {
  let at = index_of(pair.r, s, pair.unit, direction);
  var product = vec4(0.0);
  for (var part = 0u; part < parts; part++) { product += sums[(part * ROWS + pair.r) * SLICE + pair.own]; }
  let gate = activated(x, product);
  gates[at] = vec4<${REAL}>(gate);
  var c = state_of(gate, cell[i]);
  let here = frame_of(pair.r, s, direction);
  states[state_at(here, 0u, direction) + pair.unit] = ${REAL}(c);
#if ${ATTEND}
  if (combining) { return; }
#endif
#if ${MEAN}
  if (combining) { c = combined_states(pair, s, 0u, direction); }
#endif
  var y = output_of(gate, squashed_state(c));
#if ${KINDS} == 2
#if ${COMBINE}
  states[state_at(here, 1u, direction) + pair.unit] = ${REAL}(y);
#endif
#if ${MEAN}
  if (combining) { y = combined_states(pair, s, 1u, direction); }
#endif
#endif
  cell[i] = c;
  deliver(pair, s, direction, y);
}

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  // slices first: workgroups start in order, so that those of a tile start together
  let slice = group.x;
  let direction = group.y;
  load_tile(group.z * ROWS, u.rows, lane);
  if (u.probing != 0u) {
    probe(group.z, direction, lane);
    return;
  }
  let last = min(u.first_step + u.step_count, workgroupUniformLoad(&tile_length));
  if (u.first_step >= last) { return; }
  for (var i = lane; i < PAIRS; i += LANES) {
    let pair = pair_at(i, slice);
    cell[i] = 0.0;
    if (pair.unit < u.units) { cell[i] = cell_before(pair, direction); }
  }
  keep_weights(slice, direction, lane);
  let parts = share_of(lane).parts;
  let first = pair_at(lane, slice);
  for (var s = u.first_step; s < last; s++) {
    let combining = combining_at(s);
    // loaded while h' is waited for
    var x = vec4(0.0);
    if (lane < PAIRS && lives(first, s)) { x = vec4<f32>(gates[index_of(first.r, s, first.unit, direction)]); }
    receive_outputs(s, direction, lane);
    workgroupBarrier();
    multiply(slice, direction, lane);
    workgroupBarrier();
    for (var i = lane; i < PAIRS; i += LANES) {
      let pair = pair_at(i, slice);
      if (!lives(pair, s)) { continue; }
      if (i != lane) { x = vec4<f32>(gates[index_of(pair.r, s, pair.unit, direction)]); }
      finish(pair, i, x, s, combining, parts, direction);
    }
#if ${ATTEND}
    if (combining) { combine_step(s, slice, direction, lane); }
#endif
    // what this workgroup itself has sent is there before any lane waits for it
    workgroupBarrier();
  }
}
