// Index of a lane among all of a dispatch, whose workgroups use two grid dimensions if one is too short.
fn flat_index(id: vec3<u32>, groups: vec3<u32>) -> u32 {
  return id.y * groups.x * LANES + id.x;
}
