var<workgroup> lane_values: array<vec4<f32>, LANES>;

// The sum over the workgroup's lanes, in each of them.
fn sum_of_lanes(lane: u32, own: vec4<f32>) -> vec4<f32> {
  lane_values[lane] = own;
  workgroupBarrier();
  var sum = vec4(0.0);
  for (var i = 0u; i < LANES; i++) { sum += lane_values[i]; }
  workgroupBarrier();
  return sum;
}

// The largest of the lanes' values, in each of them.
fn most_of_lanes(lane: u32, own: vec4<f32>) -> vec4<f32> {
  lane_values[lane] = own;
  workgroupBarrier();
  var most = lane_values[0];
  for (var i = 1u; i < LANES; i++) { most = max(most, lane_values[i]); }
  workgroupBarrier();
  return most;
}
