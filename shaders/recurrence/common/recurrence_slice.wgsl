// Shared by the kernels whose workgroups have SLICE units each: how lanes split the sums over k, where
// the weights come from, and how workgroups exchange words.
const SLICE = ${SLICE}u;
const QUADS = ROWS / 4u;

// Lanes that share the sums of one unit and four rows.
fn part_count() -> u32 { return LANES / (SLICE * QUADS); }

#if ${COOPERATIVE}
var<workgroup> kept: array<vec4<${REAL}>, UNITS * SLICE>;  // this slice of the weights, [k][SLICE]

fn keep_weights(slice: u32, direction: u32, lane: u32) {
  for (var i = lane; i < u.units * SLICE; i += LANES) {
    let unit = min(slice * SLICE + i % SLICE, u.units - 1u);
    kept[i] = weight[(direction * u.units + i / SLICE) * u.units + unit];
  }
  workgroupBarrier();
}
#endif

// Weights of one k and the slice's unit number `own`, four gates.
fn slice_weight(k: u32, unit: u32, own: u32, direction: u32) -> vec4<f32> {
#if ${COOPERATIVE}
  return vec4<f32>(kept[k * SLICE + own]);
#else
  return vec4<f32>(weight[(direction * u.units + k) * u.units + unit]);
#endif
}

#if ${EXCHANGE}
var<workgroup> gave_up: atomic<u32>;  // a wait timed out: no further word is waited for

// Publishes a number. A word that is zero has not been written: 0 is sent as -0.
fn send(at: u32, x: f32) {
  let bits = bitcast<u32>(x);
  atomicStore(&exchange[at], select(bits, 0x80000000u, bits == 0u));
}

#if ${COOPERATIVE}
// A number that another workgroup publishes; NaN if it never arrives.
fn receive(at: u32) -> f32 {
  var word = atomicLoad(&exchange[at]);
  for (var reads = 0u; word == 0u && reads < u.patience && atomicLoad(&gave_up) == 0u; reads++) {
    // Loads are cheap, but a compiler may hoist one out of the loop (lavapipe does): so now and then a
    // read-modify-write, which cannot be hoisted.
    if (reads % 8u == 7u) {
      word = atomicOr(&exchange[at], 0u);
    } else {
      word = atomicLoad(&exchange[at]);
    }
  }
  if (word == 0u) { word = 0x7fc00000u; }
  // by its bits, as in clip_scale: a NaN is passed on, whatever clamp and max make of it
  if ((word & 0x7fffffffu) > 0x7f800000u) { atomicOr(&gave_up, 1u); }
  return bitcast<f32>(word);
}
#else
// A number that an earlier dispatch left.
fn receive(at: u32) -> f32 {
  return bitcast<f32>(atomicLoad(&exchange[at]));
}
#endif
#endif

#if ${ATTEND}
// Offset of a slice's partial first score of the states `plane`.
fn score_at(r: u32, s: u32, plane: u32, slice: u32, direction: u32) -> u32 {
#if ${COOPERATIVE}
  let first = u.frames * u.directions * u.units * HANDED;
  let index = frame_of(r, s, direction);
#else
  let first = 0u;
  let index = row_number(r);
#endif
  return first + (((index * u.directions + direction) * u.slices + slice) * KINDS + plane) * OFFSET_COUNT;
}

// This slice's partial dot products of the states `plane` that step s combines; the including kernel defines
// factor(r, own, slice, direction), by which the slice's unit number `own` of a state is multiplied.
fn send_scores(s: u32, plane: u32, slice: u32, direction: u32, lane: u32) {
  for (var i = lane; i < ROWS * OFFSET_COUNT; i += LANES) {
    let r = i / OFFSET_COUNT;
    let k = i % OFFSET_COUNT;
    if (s >= row_length[r]) { continue; }
    var sum = 0.0;
    if (s + 1u >= OFFSETS[k]) {
      let at = past_at(frame_of(r, s, direction), k, plane, direction) + slice * SLICE;
      for (var own = 0u; own < min(SLICE, u.units - slice * SLICE); own++) {
        sum += factor(r, own, slice, direction) * f32(states[at + own]);
      }
    }
    send(score_at(r, s, plane, slice, direction) + k, sum);
  }
}

// Adds up all slices' partial sums of the scores of the states `plane` of step s: left in mix.
fn gather_scores(s: u32, plane: u32, direction: u32, lane: u32) {
  for (var i = lane; i < ROWS * OFFSET_COUNT; i += LANES) {
    let r = i / OFFSET_COUNT;
    if (s >= row_length[r]) { continue; }
    var sum = 0.0;
    for (var other = 0u; other < u.slices; other++) {
      sum += receive(score_at(r, s, plane, other, direction) + i % OFFSET_COUNT);
    }
    mix[i] = sum;
  }
  workgroupBarrier();
}
#endif
