// Shared by the recurrence kernels: a workgroup holds ROWS utterances of one direction, a lane the
// units lane, lane + LANES, … of each of them.
const ROWS = ${ROWS}u;
const OFFSET_COUNT = ${OFFSET_COUNT}u;
const OFFSETS = array<u32, OFFSET_COUNT>(${OFFSETS});
const NEAREST = ${NEAREST_OFFSET}u;

override LANES = 32u;
override UNITS = 64u;

var<workgroup> row_first: array<u32, ROWS>;   // first frame of a row's utterance
var<workgroup> row_length: array<u32, ROWS>;  // its frames; 0 past the last row
var<workgroup> tile_length: u32;              // the longest of them
var<private> tile_first: u32;                 // the first of its rows in the batch

fn load_tile(first_row: u32, rows: u32, lane: u32) {
  tile_first = first_row;
  for (var r = lane; r < ROWS; r += LANES) {
    let range = sequences[min(first_row + r, rows - 1u)];
    row_first[r] = range.x;
    row_length[r] = select(0u, range.y, first_row + r < rows);
  }
  workgroupBarrier();
  if (lane == 0u) {
    var longest = 0u;
    for (var r = 0u; r < ROWS; r++) { longest = max(longest, row_length[r]); }
    tile_length = longest;
  }
}

// Row r's number in the batch.
fn row_number(r: u32) -> u32 {
  return tile_first + r;
}

// Frame of step s of row r: the backward direction starts at its last valid frame.
fn frame_of(r: u32, s: u32, direction: u32) -> u32 {
  return row_first[r] + select(s, row_length[r] - 1u - s, direction == 1u);
}

// Frame of the step `back` steps before the one at frame `here`.
fn step_back(here: u32, back: u32, direction: u32) -> u32 {
  return select(here - back, here + back, direction == 1u);
}

// Whether step s combines past states (the set S of Eq. 8 and 11 is not empty).
fn combines(s: u32, period: u32) -> bool {
  return (s + 1u) % period == 0u && s + 1u >= NEAREST;
}

// The same for any cell.
fn combining_at(s: u32) -> bool {
#if ${COMBINE}
  return combines(s, u.period);
#else
  return false;
#endif
}

// Whether a combination uses the states of step s: some step s - 1 + OFFSETS[k] combines.
fn feeds(s: u32) -> bool {
  for (var k = 0u; k < OFFSET_COUNT; k++) {
    if ((s + OFFSETS[k]) % u.period == 0u) { return true; }
  }
  return false;
}

// The first step after step s that combines its states, or more than any utterance has.
fn fed_by(s: u32) -> u32 {
  var first = 0xffffffffu;
  for (var k = 0u; k < OFFSET_COUNT; k++) {
    if (OFFSETS[k] > 1u && (s + OFFSETS[k]) % u.period == 0u) { first = min(first, s + OFFSETS[k] - 1u); }
  }
  return first;
}

// 1 / |S| of step s: the mean LSTM's weight.
fn mean_weight(s: u32) -> f32 {
  var count = 0u;
  for (var k = 0u; k < OFFSET_COUNT; k++) {
    count += select(0u, 1u, s + 1u >= OFFSETS[k]);
  }
  return 1.0 / f32(max(count, 1u));
}
