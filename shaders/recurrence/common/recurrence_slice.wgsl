// Shared by the kernels whose workgroups have SLICE units each of one time step: how lanes split the sums over k, and
// how workgroups add up scores from one dispatch to the next.
const SLICE = ${SLICE}u;
const QUADS = ROWS / 4u;

// Lanes that share the sums of one unit and four rows.
fn part_count() -> u32 { return LANES / (SLICE * QUADS); }

// Weights of one k and a unit, four gates.
fn slice_weight(k: u32, unit: u32, direction: u32) -> vec4<f32> {
  return vec4<f32>(weight[(direction * u.units + k) * u.units + unit]);
}

#if ${ATTEND}
// Offset of a slice's partial first score of the states `plane`.
fn score_at(r: u32, plane: u32, slice: u32, direction: u32) -> u32 {
  return (((row_number(r) * u.directions + direction) * u.slices + slice) * KINDS + plane) * OFFSET_COUNT;
}

// This slice's partial dot products of the states `plane` that step s combines; the including kernel defines
// factor(r, own, slice, direction), by which the slice's unit number `own` of a state is multiplied.
fn leave_scores(s: u32, plane: u32, slice: u32, direction: u32, lane: u32) {
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
    scores[score_at(r, plane, slice, direction) + k] = sum;
  }
}

// Adds up all slices' partial sums of the scores of the states `plane` of step s: left in mix.
fn gather_scores(s: u32, plane: u32, direction: u32, lane: u32) {
  for (var i = lane; i < ROWS * OFFSET_COUNT; i += LANES) {
    let r = i / OFFSET_COUNT;
    if (s >= row_length[r]) { continue; }
    var sum = 0.0;
    for (var other = 0u; other < u.slices; other++) {
      sum += scores[score_at(r, plane, other, direction) + i % OFFSET_COUNT];
    }
    mix[i] = sum;
  }
  workgroupBarrier();
}
#endif
