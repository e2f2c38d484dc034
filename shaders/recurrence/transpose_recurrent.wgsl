// The recurrent weights as the persistent backward kernel reads them: out[dir,u,k] = weight[dir,k,u], each a
// vec4 over the gates. Overwrites out.  weight, out [directions,units,units,4].
struct Uniforms {
  directions: u32,
  units: u32,
}
@group(0) @binding(0) var<storage, read> weight: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> out: array<vec4<${REAL}>>;
@group(0) @binding(2) var<uniform> u: Uniforms;

const SIDE = 8u;
var<workgroup> tile: array<vec4<f32>, SIDE * SIDE>;

@compute @workgroup_size(SIDE, SIDE)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) lane: vec3<u32>) {
  let source = group.xy * SIDE + lane.xy;
  let base = group.z * u.units * u.units;
  if (source.x < u.units && source.y < u.units) {
    tile[lane.y * SIDE + lane.x] = weight[base + source.y * u.units + source.x];
  }
  workgroupBarrier();
  let target_at = group.yx * SIDE + lane.xy;
  if (target_at.x < u.units && target_at.y < u.units) {
    out[base + target_at.y * u.units + target_at.x] = vec4<${REAL}>(tile[lane.x * SIDE + lane.y]);
  }
}
