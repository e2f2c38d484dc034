// out[c,r] = values[r,c]. Overwrites out.
//   values [rows,columns]; out [columns,rows]; both are multiples of 4.
// A workgroup transposes a tile of 32 x 32, so that reads and writes are both contiguous.
struct Uniforms {
  rows: u32,
  columns: u32,
}
@group(0) @binding(0) var<storage, read> values: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> out: array<vec4<${REAL}>>;
@group(0) @binding(2) var<uniform> u: Uniforms;

const SIDE4 = 8u;
var<workgroup> tile: array<f32, 33u * 32u>;  // one more column, against bank conflicts

@compute @workgroup_size(SIDE4, SIDE4)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) lane: vec3<u32>) {
  let rows4 = u.rows / 4u;
  let columns4 = u.columns / 4u;
  let column4 = group.x * SIDE4 + lane.x;
  for (var i = 0u; i < 4u; i++) {
    let row = group.y * 32u + lane.y * 4u + i;
    if (row < u.rows && column4 < columns4) {
      let x = values[row * columns4 + column4];
      let at = (lane.y * 4u + i) * 33u + lane.x * 4u;
      tile[at] = x.x;
      tile[at + 1u] = x.y;
      tile[at + 2u] = x.z;
      tile[at + 3u] = x.w;
    }
  }
  workgroupBarrier();
  let row4 = group.y * SIDE4 + lane.x;
  for (var i = 0u; i < 4u; i++) {
    let column = group.x * 32u + lane.y * 4u + i;
    if (column < u.columns && row4 < rows4) {
      let at = lane.x * 4u * 33u + lane.y * 4u + i;
      out[column * rows4 + row4] =
        vec4<${REAL}>(vec4(tile[at], tile[at + 33u], tile[at + 66u], tile[at + 99u]));
    }
  }
}
