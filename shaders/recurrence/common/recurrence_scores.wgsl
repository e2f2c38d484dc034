// Scores of past states in a sweep: several lanes work on one row's, for each offset.
var<workgroup> part: array<f32, OFFSET_COUNT * LANES>;  // [offset][row][lane of the row]

fn lanes_a_row() -> u32 { return LANES / ROWS; }

// Sums what the lanes of each row left in part; a row's sum is at its first lane's place. Halved
// again and again: one lane would take longer than the step on a wide workgroup.
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
