// Matmul: out[m,n] = sum_k a[m,k] b[k,n], with the epilogue of common/matmul_epilogue.wgsl;
// tiles of both operands in workgroup memory (common/matmul_tile.wgsl).
//   a [m,k]; b [k,n], or [n,k] where B_TRANSPOSED; k and n are multiples of 4.
@group(0) @binding(0) var<storage, read> a: array<vec4<${A_REAL}>>;  // [m,k]
@group(0) @binding(1) var<storage, read> b: array<vec4<${B_REAL}>>;  // [k,n] or [n,k]
${matmul_epilogue}
const LEFT_ALONG_K = true;
const RIGHT_ALONG_K = bool(${B_TRANSPOSED});
${matmul_tile}
// Rows past the end repeat the last one; their results are not stored.
fn left_block(k: u32, last: u32, row4: u32) -> mat4x4<f32> {
  if (k >= last) { return mat4x4<f32>(); }
  let row = 4u * row4;
  let end = u.m - 1u;
  let k4 = u.k / 4u;
  let at = k / 4u;
  return transpose(mat4x4(vec4<f32>(a[min(row, end) * k4 + at]),
                          vec4<f32>(a[min(row + 1u, end) * k4 + at]),
                          vec4<f32>(a[min(row + 2u, end) * k4 + at]),
                          vec4<f32>(a[min(row + 3u, end) * k4 + at])));
}

fn right_block(k: u32, last: u32, column4: u32) -> mat4x4<f32> {
  if (k >= last) { return mat4x4<f32>(); }
  let n4 = u.n / 4u;
  let column = min(column4, n4 - 1u);
#if ${B_TRANSPOSED}
  let k4 = u.k / 4u;
  let at = 4u * column * k4 + k / 4u;
  return transpose(mat4x4(vec4<f32>(b[at]), vec4<f32>(b[at + k4]),
                          vec4<f32>(b[at + 2u * k4]), vec4<f32>(b[at + 3u * k4])));
#else
  let at = k * n4 + column;
  return mat4x4(vec4<f32>(b[at]), vec4<f32>(b[at + n4]),
                vec4<f32>(b[at + 2u * n4]), vec4<f32>(b[at + 3u * n4]));
#endif
}

@compute @workgroup_size(COLUMN_LANES, ROW_LANES)
fn main(@builtin(local_invocation_id) local: vec3<u32>, @builtin(workgroup_id) group: vec3<u32>) {
  let row4 = group.y * left_quads();
  let column4 = group.x * right_quads();
  var tile = tile_product(local.xy, row4, column4, 0u, u.k);
  // Indexed freely: trip counts that are not constant keep compilers from unrolling it.
  for (var i = 0u; i < min(MICRO, u.m); i++) {
    for (var j = 0u; j < min(MICRO, u.n) / 4u; j++) {
      let row = 4u * (row4 + local.y + i / 4u * ROW_LANES) + i % 4u;
      let column = column4 + local.x + j * COLUMN_LANES;
      if (row < u.m && column < u.n / 4u) { finish(row, column, tile[2u * i + j]); }
    }
  }
}
