// Scores of past states in a sweep: SHARE lanes work on one row's, for each offset.
override SHARE = LANES / ROWS;
var<workgroup> part: array<f32, OFFSET_COUNT * LANES>;

// Sums what the lanes of each row left in part, [offset][row][SHARE]; a row's sum is at its first lane's
// place. Halved again and again: one lane would take longer than the step on a wide workgroup.
fn sum_parts(lane: u32) {
  workgroupBarrier();
  let place = lane % SHARE;
  for (var width = SHARE; width > 1u; width = (width + 1u) / 2u) {
    let half = (width + 1u) / 2u;
    if (place + half < width) {
      for (var k = 0u; k < OFFSET_COUNT; k++) {
        part[k * LANES + lane] += part[k * LANES + lane + half];
      }
    }
    workgroupBarrier();
  }
}
