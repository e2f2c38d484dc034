// Matmul: out[m,n] = sum_k a[m,k] b[k,n], with the epilogue of common/matmul_epilogue.wgsl;
// tiles of both operands in workgroup memory (common/matmul_tile.wgsl).
//   a [m,k]; b [k,n], or [n,k] where B_TRANSPOSED; k and n are multiples of 4.
@group(0) @binding(0) var<storage, read> a: array<vec4<${A_REAL}>>;  // [m,k]
@group(0) @binding(1) var<storage, read> b: array<vec4<${B_REAL}>>;  // [k,n] or [n,k]
${matmul_epilogue}
const LEFT_ALONG_K = true;
const RIGHT_ALONG_K = bool(${B_TRANSPOSED});
// k and n where they are known when it is compiled, else 0.
override KNOWN_K = 0u;
override KNOWN_N = 0u;
fn k_quads() -> u32 { return select(u.k, KNOWN_K, KNOWN_K > 0u) / 4u; }
fn n_quads() -> u32 { return select(u.n, KNOWN_N, KNOWN_N > 0u) / 4u; }
${matmul_tile}
// Rows and columns past the end repeat the last one; their results are not stored.
fn left_places(k: u32, row4: u32) -> vec4<u32> {
  let rows = min(4u * row4 + vec4(0u, 1u, 2u, 3u), vec4(u.m - 1u));
  return rows * k_quads() + k / 4u;
}

fn left_step() -> u32 { return DEPTH / 4u; }

fn left_block(places: vec4<u32>, k: u32, last: u32) -> mat4x4<f32> {
  if (k >= last) { return mat4x4<f32>(); }
  return transpose(mat4x4(vec4<f32>(a[places.x]), vec4<f32>(a[places.y]),
                          vec4<f32>(a[places.z]), vec4<f32>(a[places.w])));
}

#if ${B_TRANSPOSED}
fn right_places(k: u32, column4: u32) -> vec4<u32> {
  let columns = 4u * min(column4, n_quads() - 1u) + vec4(0u, 1u, 2u, 3u);
  return columns * k_quads() + k / 4u;
}

fn right_step() -> u32 { return DEPTH / 4u; }
#else
fn right_places(k: u32, column4: u32) -> vec4<u32> {
  return (k + vec4(0u, 1u, 2u, 3u)) * n_quads() + min(column4, n_quads() - 1u);
}

fn right_step() -> u32 { return DEPTH * n_quads(); }
#endif

fn right_block(places: vec4<u32>, k: u32, last: u32) -> mat4x4<f32> {
  if (k >= last) { return mat4x4<f32>(); }
  let quads = mat4x4(vec4<f32>(b[places.x]), vec4<f32>(b[places.y]),
                     vec4<f32>(b[places.z]), vec4<f32>(b[places.w]));
#if ${B_TRANSPOSED}
  return transpose(quads);
#else
  return quads;
#endif
}

@compute @workgroup_size(COLUMN_LANES, ROW_LANES)
fn main(@builtin(local_invocation_id) local: vec3<u32>, @builtin(workgroup_id) group: vec3<u32>) {
  let row4 = group.y * left_quads();
  let column4 = group.x * right_quads();
  var tile = tile_product(local.xy, row4, column4, 0u, 4u * k_quads());
  // Indexed freely: trip counts that are not constant keep compilers from unrolling it.
  for (var i = 0u; i < min(MICRO, u.m); i++) {
    for (var j = 0u; j < min(MICRO, u.n) / 4u; j++) {
      let row = 4u * (row4 + local.y + i / 4u * ROW_LANES) + i % 4u;
      let column = column4 + local.x + j * COLUMN_LANES;
      if (row < u.m && column < u.n / 4u) { finish(row, column, tile[2u * i + j]); }
    }
  }
}
