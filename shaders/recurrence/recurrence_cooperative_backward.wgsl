// Gradient of recurrence_cooperative_forward, steps downwards; workgroups and words as there. A workgroup multiplies the
// d_gates of its own units with W_hh and sends the products, partial sums of d h' of every unit, to the slices that
// have those units: one word a unit, where d_gates would be four.
//   gates     [frames,directions,units,4]  in: i, f, g, o (of a GRU: gru_cell); out: gradient before the activations       updates
//   states    [frames,directions,state_stride]  as the forward kernels leave them
//   d_outputs [frames,directions,units]    gradient of h'
//   carry     [planes,rows,directions,units], zero at the start: plane 0 each row's share of the attention
//             gradient; 2: d C'; then gradients of h and C from later combinations, [ring,kinds]                  updates
//   exchange  [words]                      common/recurrence_cooperative.wgsl, HANDED slices: partial d h'     updates
//   weight [directions,units (u),units (k),4] transposed: transpose_recurrent; attention [directions,units]
struct Uniforms {
${recurrence_uniforms}
  slices: u32,
  patience: u32,
  words: u32,
  probing: u32,
  planes: u32,
  ring: u32,  // the farthest offset: no step waits longer for gradients of combinations
}
${recurrence_bindings}
@group(0) @binding(4) var<storage, read> states: array<${REAL}>;
@group(0) @binding(5) var<storage, read> d_outputs: array<${REAL}>;
@group(0) @binding(6) var<storage, read_write> carry: array<f32>;
@group(0) @binding(7) var<storage, read_write> exchange: array<atomic<u32>>;
@group(0) @binding(8) var<uniform> u: Uniforms;

${recurrence_tile}
const HANDED = ${SLICES}u;
${activation}
${recurrence_cell}
${recurrence_states}
${recurrence_words}
${recurrence_cooperative}
${recurrence_carry}

const LANE_ROWS = ${LANE_ROWS}u;  // rows that a lane multiplies at a time
const PARTS = ${PARTS}u;          // lanes that share the sums of four units: SPLIT if several
const KEPT = ${KEPT}u;            // of the slice's units, those that a lane multiplies

var<workgroup> d_gates: array<vec4<f32>, PAIRS>;       // of this step, [SLICE][ROWS]
var<workgroup> d_cell: array<f32, PAIRS>;              // d C' from the step after
var<workgroup> cell: array<f32, PAIRS>;                // C' of the current step
var<workgroup> mine: array<f32, PAIRS>;                // gradients of a combination
#if ${ATTEND}
#if ${KINDS} == 2
var<workgroup> raw: array<f32, PAIRS>;                 // d h of a step that combines
#endif
#endif
#if ${SPLIT}
var<workgroup> sums: array<vec4<f32>, LANES * ROWS>;   // [part][ROWS][units / 4], four units each
#endif
#if ${WEIGHTS} == 0
var<workgroup> kept: array<vec4<${REAL}>, UNITS * SLICE>;  // [SLICE][units]
#endif
#if ${WEIGHTS} == 1
// a lane's, in named variables: some compilers keep no array in registers
#repeat j in 0..KEPT
#repeat c in 0..4
var<private> kept_$(j)_$(c): vec4<${REAL}>;
#end
#end
#endif

// A lane's share of the product: four units, of all rows, and every PARTS-th unit of the slice.
struct Share {
  quad: u32,
  part: u32,
}

fn share_of(lane: u32) -> Share {
#if ${SPLIT}
  let quads = u.units / 4u;
  return Share(lane % quads, lane / quads);
#else
  return Share(lane, 0u);
#endif
}

fn weight_at(own: u32, unit: u32, slice: u32, direction: u32) -> vec4<${REAL}> {
  // a unit past the end has no gradient
  let source = min(slice * SLICE + own, u.units - 1u);
  return weight[(direction * u.units + source) * u.units + unit];
}

fn keep_weights(slice: u32, direction: u32, lane: u32) {
#if ${WEIGHTS} == 0
  for (var i = lane; i < u.units * SLICE; i += LANES) {
    kept[i] = weight_at(i / u.units, i % u.units, slice, direction);
  }
#endif
#if ${WEIGHTS} == 1
  let share = share_of(lane);
  if (share.part < PARTS) {
#repeat j in 0..KEPT
#repeat c in 0..4
    kept_$(j)_$(c) = weight_at(min(share.part + $(j*PARTS)u, SLICE - 1u), 4u * share.quad + $(c)u, slice, direction);
#end
#end
  }
#endif
}

// The part of a pair's d h' of step s that comes through W_hh from the step after: the sum over all slices.
fn received(pair: Pair, s: u32, direction: u32) -> f32 {
  if (s + 1u == row_length[pair.r]) { return 0.0; }
  let n = row_length[pair.r] - 2u - s;  // uses of places before: rows start at their last step
  let phase = vec4(phase_of(n / SLOTS));
  let first = handed_at(pair.r, n, 0u, direction) + pair.unit;
  var sum = 0.0;
  for (var other = 0u; other < u.slices; other += 8u) {
#repeat b in 0..2
    let number$(b) = vec4(other + 4u * $(b)u) + vec4(0u, 1u, 2u, 3u);
    let wanted$(b) = number$(b) < vec4(u.slices);
    let words$(b) = peek(first + number$(b) * u.units, wanted$(b));
#end
#repeat b in 0..2
    sum += dot(receive(words$(b), first + number$(b) * u.units, phase, wanted$(b)), vec4(1.0));
#end
  }
  return sum;
}

fn send_sum(r: u32, s: u32, slice: u32, unit: u32, direction: u32, x: f32) {
  let n = row_length[r] - 1u - s;
  send(handed_at(r, n, slice, direction) + unit, x, phase_of(n / SLOTS));
}

// Sends this slice's partial sums of d h' of the step before, for all units. Ends without a barrier.
fn multiply(s: u32, slice: u32, direction: u32, lane: u32) {
  let quads = u.units / 4u;
  let share = share_of(lane);
  let part = share.part;
  for (var row = 0u; row < ROWS; row += LANE_ROWS) {
    for (var quad = share.quad; quad < quads && part < PARTS; quad += LANES) {
      // in named sums: some compilers keep no array in registers
#repeat r in 0..LANE_ROWS
      var s$(r) = vec4(0.0);
#end
#if ${WEIGHTS} == 1
#repeat j in 0..KEPT
      if (part + $(j*PARTS)u < SLICE) {
        let at = (part + $(j*PARTS)u) * ROWS + row;
#repeat r in 0..LANE_ROWS
        let g$(r) = d_gates[at + $(r)u];
        s$(r) += vec4(dot(g$(r), vec4<f32>(kept_$(j)_0)), dot(g$(r), vec4<f32>(kept_$(j)_1)),
                      dot(g$(r), vec4<f32>(kept_$(j)_2)), dot(g$(r), vec4<f32>(kept_$(j)_3)));
#end
      }
#end
#else
      for (var own = part; own < SLICE; own += PARTS) {
#repeat c in 0..4
#if ${WEIGHTS} == 0
        let w$(c) = vec4<f32>(kept[own * u.units + 4u * quad + $(c)u]);
#else
        let w$(c) = vec4<f32>(weight_at(own, 4u * quad + $(c)u, slice, direction));
#endif
#end
        let at = own * ROWS + row;
#repeat r in 0..LANE_ROWS
        let g$(r) = d_gates[at + $(r)u];
        s$(r) += vec4(dot(g$(r), w0), dot(g$(r), w1), dot(g$(r), w2), dot(g$(r), w3));
#end
      }
#endif
#repeat r in 0..LANE_ROWS
#if ${SPLIT}
      sums[(part * ROWS + row + $(r)u) * quads + quad] = s$(r);
#else
      if (s < row_length[row + $(r)u]) {
#repeat c in 0..4
        send_sum(row + $(r)u, s, slice, 4u * quad + $(c)u, direction, s$(r)[$(c)]);
#end
      }
#endif
#end
    }
  }
#if ${SPLIT}
  workgroupBarrier();
  for (var i = lane; i < ROWS * u.units; i += LANES) {
    let r = i / u.units;
    let unit = i % u.units;
    if (s >= row_length[r]) { continue; }
    var sum = 0.0;
    for (var part = 0u; part < PARTS; part++) { sum += sums[(part * ROWS + r) * quads + unit / 4u][unit % 4u]; }
    send_sum(r, s, slice, unit, direction, sum);
  }
#endif
}

// d C' of step s once the gradient d_h of its raw h is known.
fn through_output(d_h: f32, i: u32, gate: vec4<f32>) -> f32 {
  return d_cell[i] + d_h * output_slope(gate, squashed_state(cell[i]));
}

// Through Eq. 6 and 7 and the gates' activations, from the gradients of raw h and of raw C; `before` is C' of the
// step before.
fn finish(d_h: f32, d: f32, pair: Pair, i: u32, s: u32, gate: vec4<f32>, before: f32, direction: u32) {
  let true_gradient = bitcast<vec4<u32>>(gate_gradient(gate, before, squashed_state(cell[i]), d_h, d));
  let d_gate = bitcast<vec4<f32>>(select(true_gradient, vec4(NAN), atomicLoad(&gave_up) != 0u));
  gates[index_of(pair.r, s, pair.unit, direction)] = vec4<${REAL}>(d_gate);
  d_gates[pair.own * ROWS + pair.r] = d_gate;
  d_cell[i] = d * state_slope(gate);
  cell[i] = before;
}

// C' of the step before step s.
fn cell_before(pair: Pair, s: u32, direction: u32) -> f32 {
  if (s == 0u) { return 0.0; }
  return cell_after(s - 1u, frame_of(pair.r, s - 1u, direction), pair.unit, direction);
}

#if ${ATTEND}
fn factor(pair: Pair, direction: u32) -> f32 {
  return mine[pair.r * SLICE + pair.own];
}

fn uses(r: u32, s: u32) -> u32 { return combinations(row_length[r] - 1u) - combinations(s); }

// Gradients of the scores of the states `plane`, left in mix.
fn attend_backward(s: u32, plane: u32, slice: u32, direction: u32, lane: u32) {
  send_scores(s, plane, slice, direction, lane);
  gather_scores(s, plane, direction, lane);
  for (var r = lane; r < ROWS; r += LANES) {
    if (s < row_length[r]) { softmax_backward(r, s, plane, direction); }
  }
  workgroupBarrier();
}

// A step that combines by attention, once the gradients of its combination are in mine.
fn combine_backward(s: u32, slice: u32, direction: u32, lane: u32) {
#if ${KINDS} == 2
  attend_backward(s, 1u, slice, direction, lane);
  for (var i = lane; i < PAIRS; i += LANES) {
    let pair = pair_at(i, slice);
    if (!lives(pair, s)) { continue; }
    hand_down(mine[i], pair.r, s, 1u, pair.unit, direction);
    let d_h = taken(pair.r, s, 1u, pair.unit, direction);
    raw[i] = d_h;
    mine[i] = through_output(d_h, i, vec4<f32>(gates[index_of(pair.r, s, pair.unit, direction)]));
  }
#endif
  attend_backward(s, 0u, slice, direction, lane);
  for (var i = lane; i < PAIRS; i += LANES) {
    let pair = pair_at(i, slice);
    if (!lives(pair, s)) { continue; }
    hand_down(mine[i], pair.r, s, 0u, pair.unit, direction);
#if ${KINDS} == 2
    let d_h = raw[i];
#else
    let d_h = 0.0;  // a GRU has it in d already
#endif
    let gate = vec4<f32>(gates[index_of(pair.r, s, pair.unit, direction)]);
    let before = cell_before(pair, s, direction);
    finish(d_h, taken(pair.r, s, 0u, pair.unit, direction), pair, i, s, gate, before, direction);
  }
}
#endif

// Step s of a pair, up to its d_gates or, if the step combines by attention, to the gradient of the combination.
fn from_after(pair: Pair, i: u32, s: u32, combining: bool, direction: u32) {
  // loads that are under way while the sums of other slices are waited for
  let at = index_of(pair.r, s, pair.unit, direction);
  let gate = vec4<f32>(gates[at]);
  let d_output = f32(d_outputs[at]);
  var before = 0.0;
  var later_h = 0.0;
  var later_c = 0.0;
  if (!combining) {
#if ${COMBINE}
#if ${KINDS} == 2
    later_h = taken(pair.r, s, 1u, pair.unit, direction);
#endif
    later_c = taken(pair.r, s, 0u, pair.unit, direction);
#endif
    before = cell_before(pair, s, direction);
  }
  var d_h = d_output + received(pair, s, direction);
  if (combining) {
#if ${ATTEND}
#if ${KINDS} == 2
    mine[i] = d_h;
#else
    mine[i] = through_output(d_h, i, gate);
#endif
    return;
#endif
#if ${MEAN}
    before = cell_before(pair, s, direction);
#if ${KINDS} == 2
    hand_down(d_h, pair.r, s, 1u, pair.unit, direction);
    d_h = taken(pair.r, s, 1u, pair.unit, direction);
#endif
    hand_down(through_output(d_h, i, gate), pair.r, s, 0u, pair.unit, direction);
    finish(d_h, taken(pair.r, s, 0u, pair.unit, direction), pair, i, s, gate, before, direction);
    return;
#endif
  }
  d_h += later_h;
  finish(d_h, later_c + through_output(d_h, i, gate), pair, i, s, gate, before, direction);
}

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let slice = group.x;
  let direction = group.y;
  load_tile(group.z * ROWS, u.rows, lane);
  if (u.probing != 0u) {
    probe(group.z, direction, lane);
    return;
  }
  let length = workgroupUniformLoad(&tile_length);
  let end = min(u.first_step + u.step_count, length);
  if (u.first_step >= end) { return; }
  for (var i = lane; i < PAIRS; i += LANES) {
    let pair = pair_at(i, slice);
    if (!lives(pair, u.first_step)) { continue; }
    let s = min(end, row_length[pair.r]) - 1u;  // its first here
    cell[i] = cell_after(s, frame_of(pair.r, s, direction), pair.unit, direction);
    d_cell[i] = carry[carry_at(2u, pair.r, pair.unit, direction)];
  }
  keep_weights(slice, direction, lane);
  for (var left = end; left > u.first_step; left--) {
    let s = left - 1u;
    let combining = combining_at(s);
    for (var i = lane; i < PAIRS; i += LANES) {
      let pair = pair_at(i, slice);
      if (lives(pair, s)) { from_after(pair, i, s, combining, direction); }
    }
#if ${ATTEND}
    if (combining) { combine_backward(s, slice, direction, lane); }
#endif
    workgroupBarrier();
    if (s > 0u) { multiply(s, slice, direction, lane); }
    // what this workgroup itself has sent is there before any lane waits for it
    workgroupBarrier();
  }
  for (var i = lane; i < PAIRS; i += LANES) {
    let pair = pair_at(i, slice);
    if (lives(pair, u.first_step)) { carry[carry_at(2u, pair.r, pair.unit, direction)] = d_cell[i]; }
  }
}
