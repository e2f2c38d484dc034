// Bias gradient: out[s,c] = sum over the rows r of slice s of a[r,c]; where WEIGHTED of
// weights[r] a[r,c] (attention vectors), with a's dropout applied where DROPOUT. Overwrites out;
// reduce_partials adds up the slices in order.
//   a [rows,columns]; weights [rows]; out [slices,columns]; columns is a multiple of 4.
struct Uniforms {
  rows: u32,
  columns: u32,
  slices: u32,
  threshold: u32,  // dropout, as matmul_nt
  scale: f32,
  stream_0: u32,
  stream_1: u32,
}
@group(0) @binding(0) var<storage, read> a: array<vec4<${REAL}>>;
#if ${WEIGHTED}
@group(0) @binding(1) var<storage, read> weights: array<f32>;
#endif
#if ${DROPOUT}
@group(0) @binding(2) var<storage, read> positions: array<vec4<u32>>;
#endif
@group(0) @binding(3) var<storage, read_write> out: array<vec4<f32>>;
@group(0) @binding(4) var<uniform> u: Uniforms;

override LANES = 64u;

#if ${DROPOUT}
${threefry}
${dropout}
#endif

@compute @workgroup_size(LANES)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let columns4 = u.columns / 4u;
  let column4 = id.x;
  if (column4 >= columns4) { return; }
  let slice_rows = (u.rows + u.slices - 1u) / u.slices;
  let first = id.y * slice_rows;
  let last = min(first + slice_rows, u.rows);
  var sum = vec4(0.0);
  for (var r = first; r < last; r++) {
    var x = vec4<f32>(a[r * columns4 + column4]);
#if ${WEIGHTED}
    x *= weights[r];
#endif
#if ${DROPOUT}
    x *= dropout_scale(vec2(u.stream_0, u.stream_1), positions[r].xy, column4, u.threshold, u.scale);
#endif
    sum += x;
  }
  out[id.y * columns4 + column4] = sum;
}
