// Index of a workgroup among all of a dispatch, which uses two grid dimensions if one is too short.
fn flat_group(group: vec3<u32>, groups: vec3<u32>) -> u32 {
  return group.y * groups.x + group.x;
}
