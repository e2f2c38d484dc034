// What slices keep from step to step on the way back, in `carry`; one lane reads and writes a number.

fn carry_at(plane: u32, r: u32, unit: u32, direction: u32) -> u32 {
  return ((plane * u.rows + row_number(r)) * u.directions + direction) * u.units + unit;
}

#if ${COMBINE}
// Plane of carry for the gradients passed to the states `plane` of step s.
fn pending_plane(s: u32, plane: u32) -> u32 {
  return 3u + (s % u.ring) * KINDS + plane;
}

// Reads it, and leaves zero for the next step in that slot.
fn taken(r: u32, s: u32, plane: u32, unit: u32, direction: u32) -> f32 {
  let at = carry_at(pending_plane(s, plane), r, unit, direction);
  let g = carry[at];
  carry[at] = 0.0;
  return g;
}

// Passes the gradient g of the combination of step s to the states it combined.
fn hand_down(g: f32, r: u32, s: u32, plane: u32, unit: u32, direction: u32) {
  let here = frame_of(r, s, direction);
  for (var k = 0u; k < OFFSET_COUNT; k++) {
    if (s + 1u >= OFFSETS[k]) {
      var share = kept_weight(s, here, k, plane, direction) * g;
#if ${ATTEND}
      let b = mix[r * OFFSET_COUNT + k];
      share += b * attention[direction * u.units + unit];
      carry[carry_at(0u, r, unit, direction)] += b * f32(states[past_at(here, k, plane, direction) + unit]);
#endif
      carry[carry_at(pending_plane(s + 1u - OFFSETS[k], plane), r, unit, direction)] += share;
    }
  }
}
#endif
