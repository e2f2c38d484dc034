// Gradients that combinations pass to earlier steps, kept in the ring `pending` until the kernel reaches those.

// Offset of the gradient of the states `plane` of a step of row r; slot is the step's index in the ring.
fn pending_at(r: u32, slot: u32, plane: u32, direction: u32) -> u32 {
  return (((slot * u.rows + row_number(r)) * u.directions + direction) * KINDS + plane) * u.units;
}

// The slot `back` steps before one.
fn slot_before(slot: u32, back: u32) -> u32 {
  return select(slot + u.ring - back, slot - back, slot >= back);
}

// Reads it, and leaves zero for the next step in that slot, unless that one is written (ONCE).
fn taken(r: u32, slot: u32, plane: u32, unit: u32, direction: u32) -> f32 {
  let at = pending_at(r, slot, plane, direction) + unit;
  let g = pending[at];
#if ${ONCE}
#else
  pending[at] = 0.0;
#endif
  return g;
}

struct Handed {
  d_attention: f32,  // gradient of the attention vector's unit
  own: f32,          // and of the state of the step itself
}

// Passes the gradient g of the combination of step s (at frame `here`) to the states it combined.
fn hand_down(
  g: f32, r: u32, s: u32, slot: u32, here: u32, plane: u32, unit: u32, direction: u32,
) -> Handed {
  var handed = Handed();
#if ${ATTEND}
  let v = attention[direction * u.units + unit];
#endif
  for (var k = 0u; k < OFFSET_COUNT; k++) {
    if (s + 1u >= OFFSETS[k]) {
#if ${ATTEND}
      let b = mix[r * OFFSET_COUNT + k];
      let share = given[r * OFFSET_COUNT + k] * g + b * v;
      handed.d_attention += b * f32(states[past_at(here, k, plane, direction) + unit]);
#else
      let share = mean_weight(s) * g;
#endif
      if (OFFSETS[k] == 1u) {
        handed.own = share;
      } else {
        let at = pending_at(r, slot_before(slot, OFFSETS[k] - 1u), plane, direction) + unit;
#if ${ONCE}
        pending[at] = share;
#else
        pending[at] += share;
#endif
      }
    }
  }
  return handed;
}
