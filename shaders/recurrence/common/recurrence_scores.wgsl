// Scores of past states, persistent kernels: several lanes compute one row's, for each offset. The including kernel
// defines factor(row, unit, direction), by which that unit of a state is multiplied.
var<workgroup> part: array<f32, OFFSET_COUNT * LANES>;  // [offset][row][lane of the row]

fn lanes_a_row() -> u32 { return LANES / ROWS; }

// Adds up the partial sums of each row's lanes; a row's sum ends up at its first lane. Tree reduction:
// one lane alone would take longer than the step on a wide workgroup.
fn sum_parts(lane: u32) {
  workgroupBarrier();
  let share = lanes_a_row();
  let place = lane % share;
  for (var width = share; width > 1u; width = (width + 1u) / 2u) {
    let half = (width + 1u) / 2u;
    if (place + half < width) {
      for (var k = 0u; k < OFFSET_COUNT; k++) {
        part[k * LANES + lane] += part[k * LANES + lane + half];
      }
    }
    workgroupBarrier();
  }
}

// Dot products of the states `plane` that step s combines, left in mix of each row.
fn score(s: u32, plane: u32, direction: u32, lane: u32) {
  let share = lanes_a_row();
  let row = lane / share;
  let live = s < row_length[row];
  let here = frame_of(row, select(0u, s, live), direction);
  for (var k = 0u; k < OFFSET_COUNT; k++) {
    var sum = 0.0;
    if (live && s + 1u >= OFFSETS[k]) {
      let at = past_at(here, k, plane, direction);
      for (var unit = lane % share; unit < u.units; unit += share) {
        sum += factor(row, unit, direction) * f32(states[at + unit]);
      }
    }
    part[k * LANES + lane] = sum;
  }
  sum_parts(lane);
  for (var r = lane; r < ROWS; r += LANES) {
    for (var k = 0u; k < OFFSET_COUNT; k++) { mix[r * OFFSET_COUNT + k] = part[k * LANES + r * share]; }
  }
}
