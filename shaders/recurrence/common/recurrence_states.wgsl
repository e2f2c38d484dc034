// Where the states of a frame are stored, and how a step combines those of steps before (Eq. 8, 9, 11, 12).
//   states [frames,directions,state_stride]: raw C [units]; where COMBINE also raw h [units], then the weights of
//   C [K] and of h [K]; of a GRU raw h [units], then its weights [K]. `plane` 0 is C, 1 h; of a GRU 0 h.

// Offset of the states `plane` of a frame.
fn state_at(frame: u32, plane: u32, direction: u32) -> u32 {
  return (frame * u.directions + direction) * u.state_stride + plane * u.units;
}

#if ${COMBINE}
// Offset of those OFFSETS[k] - 1 steps before the step at frame `here`.
fn past_at(here: u32, k: u32, plane: u32, direction: u32) -> u32 {
  return state_at(step_back(here, OFFSETS[k] - 1u, direction), plane, direction);
}

// Offset of the weights with which the step at a frame combined the states `plane`.
fn kept_at(frame: u32, plane: u32, direction: u32) -> u32 {
  return state_at(frame, KINDS, direction) + plane * OFFSET_COUNT;
}

// The weight of offset k at step s, which combined, at frame `here`.
fn kept_weight(s: u32, here: u32, k: u32, plane: u32, direction: u32) -> f32 {
#if ${ATTEND}
  return f32(states[kept_at(here, plane, direction) + k]);
#else
  return mean_weight(s);
#endif
}

// C' of step s, which combined, at frame `here` (Eq. 8).
fn combined_cell(s: u32, here: u32, unit: u32, direction: u32) -> f32 {
  var c = 0.0;
  for (var k = 0u; k < OFFSET_COUNT; k++) {
    if (s + 1u >= OFFSETS[k]) {
      c += kept_weight(s, here, k, 0u, direction) * f32(states[past_at(here, k, 0u, direction) + unit]);
    }
  }
  return c;
}
#endif

// The same for any step: C if it combined nothing.
fn cell_after(s: u32, here: u32, unit: u32, direction: u32) -> f32 {
#if ${COMBINE}
  if (combines(s, u.period)) { return combined_cell(s, here, unit, direction); }
#endif
  return f32(states[state_at(here, 0u, direction) + unit]);
}

#if ${ATTEND}
// [ROWS][K]: scores of a step, then their weights; backward, the same for gradients
var<workgroup> mix: array<f32, OFFSET_COUNT * ROWS>;

// From the scores of row r to their weights: softmax over S (Eq. 9, 12).
fn softmax(r: u32, s: u32) {
  var highest = -3.4e38;
  for (var k = 0u; k < OFFSET_COUNT; k++) {
    if (s + 1u >= OFFSETS[k]) { highest = max(highest, mix[r * OFFSET_COUNT + k]); }
  }
  var sum = 0.0;
  for (var k = 0u; k < OFFSET_COUNT; k++) {
    let e = select(0.0, exp(mix[r * OFFSET_COUNT + k] - highest), s + 1u >= OFFSETS[k]);
    mix[r * OFFSET_COUNT + k] = e;
    sum += e;
  }
  for (var k = 0u; k < OFFSET_COUNT; k++) { mix[r * OFFSET_COUNT + k] /= sum; }
}

// From the gradients e of the weights a to those of the scores: a_k (e_k - sum a e).
fn softmax_backward(r: u32, s: u32, plane: u32, direction: u32) {
  let here = frame_of(r, s, direction);
  var mean = 0.0;
  for (var k = 0u; k < OFFSET_COUNT; k++) {
    mean += mix[r * OFFSET_COUNT + k] * kept_weight(s, here, k, plane, direction);
  }
  for (var k = 0u; k < OFFSET_COUNT; k++) {
    mix[r * OFFSET_COUNT + k] = kept_weight(s, here, k, plane, direction) * (mix[r * OFFSET_COUNT + k] - mean);
  }
}
#endif

#if ${COMBINE}
// Weighted sum over S of the states `plane` of one unit (Eq. 8, 11) at step s, frame `here`, whose own is `state`.
fn combined(
  state: f32, r: u32, s: u32, here: u32, plane: u32, unit: u32, direction: u32,
) -> f32 {
  var sum = 0.0;
  for (var k = 0u; k < OFFSET_COUNT; k++) {
    if (s + 1u >= OFFSETS[k]) {
#if ${ATTEND}
      let w = mix[r * OFFSET_COUNT + k];
#else
      let w = mean_weight(s);
#endif
      if (OFFSETS[k] == 1u) {
        sum += w * state;
      } else {
        sum += w * f32(states[past_at(here, k, plane, direction) + unit]);
      }
    }
  }
  return sum;
}
#endif
