// How the lanes of a persistent kernel share its work: PARTS lanes sum over a share of k each, for the same units and all
// rows; then each finishes OWN_ROWS rows of these units (a lane whose rows would begin past ROWS finishes none).
const PARTS = ${PARTS}u;
const OTHERS = PARTS - 1u;
const OWN_ROWS = ${OWN_ROWS}u;

// A lane's share of k: a constant where there is but one, so that compilers see which rows all lanes have in common.
fn share_of(lane: u32) -> u32 {
#if ${PARTS} == 1
  return 0u;
#else
  return lane / (LANES / PARTS);
#endif
}

// Whether step s takes k from the last to the first, as every other step does where TURNS: it begins with the weights that
// the step before left in a cache too small for all of them.
fn turned(s: u32) -> bool {
  return ${TURNS} && s % 2u == 1u;
}

// The last of the k that a lane takes: first, first + step, … below units.
fn last_k(first: u32, step: u32) -> u32 {
  return first + (max(u.units, first + 1u) - first - 1u) / step * step;
}

#if ${PARTS} == 1
#else
// Where `share` leaves its sums for the lane that finishes row r: [PARTS - 1][ROWS][units], what that lane itself has left out.
fn sent_at(share: u32, r: u32) -> u32 {
  return (((share + OTHERS - r / OWN_ROWS) % PARTS) * ROWS + r) * UNITS;
}
#endif
