// Matmul: out[m,n] = sum_k a[m,k] b[k,n], with the epilogue of common/matmul_epilogue.wgsl;
// f16 matrices shared by a subgroup, sums in f32 (common/matmul_matrices.wgsl).
//   a [m,k]; b [k,n], or [n,k] where B_TRANSPOSED; k and n are multiples of 4.
// local.y is uniform over a subgroup, which the compiler cannot know:
diagnostic(off, chromium.subgroup_matrix_uniformity);
@group(0) @binding(0) var<storage, read> a: array<vec4<${A_REAL}>>;  // [m,k]
@group(0) @binding(1) var<storage, read> b: array<vec4<${B_REAL}>>;  // [k,n] or [n,k]
${matmul_epilogue}
${matmul_matrices}
var<workgroup> left_tile: array<vec4<f16>, BUFFERS * ROWS_A_SUBGROUP * ROW_LANES * (DEPTH / 4u + SPREAD)>;  // [row][k]
#if ${B_TRANSPOSED}
var<workgroup> right_tile: array<vec4<f16>, BUFFERS * COLUMNS * (DEPTH / 4u + SPREAD)>;  // [column][k]
#else
var<workgroup> right_tile: array<vec4<f16>, BUFFERS * DEPTH * (COLUMNS / 4u + SPREAD)>;  // [k][column]
#endif

var<private> first_row: u32;  // of the workgroup's tile
var<private> first_column: u32;

// Quads from one row of a staged tile to the next, and of a whole one.
fn left_stride() -> u32 { return DEPTH / 4u + SPREAD; }
fn left_size() -> u32 { return row_count() * left_stride(); }

fn left_at(i: u32) -> u32 { return i / (DEPTH / 4u) * left_stride() + i % (DEPTH / 4u); }

fn left_quad(i: u32, k: u32, last: u32) -> vec4<f16> {
  let row = first_row + i / (DEPTH / 4u);
  let p = k + 4u * (i % (DEPTH / 4u));
  if (row >= u.m || p >= last) { return vec4<f16>(); }
  return vec4<f16>(a[(row * u.k + p) / 4u]);
}

fn load_left(start: u32, row: u32, p: u32) -> Left {
  return subgroupMatrixLoad<Left, row_major>(&left_tile, start + row * left_stride() + p / 4u, left_stride());
}

#if ${B_TRANSPOSED}
fn right_stride() -> u32 { return DEPTH / 4u + SPREAD; }
fn right_size() -> u32 { return COLUMNS * right_stride(); }

fn right_at(i: u32) -> u32 { return i / (DEPTH / 4u) * right_stride() + i % (DEPTH / 4u); }

fn right_quad(i: u32, k: u32, last: u32) -> vec4<f16> {
  let column = first_column + i / (DEPTH / 4u);
  let p = k + 4u * (i % (DEPTH / 4u));
  if (column >= u.n || p >= last) { return vec4<f16>(); }
  return vec4<f16>(b[(column * u.k + p) / 4u]);
}

fn load_right(start: u32, p: u32, column: u32) -> Right {
  return subgroupMatrixLoad<Right, col_major>(&right_tile, start + column * right_stride() + p / 4u, right_stride());
}
#else
fn right_stride() -> u32 { return COLUMNS / 4u + SPREAD; }
fn right_size() -> u32 { return DEPTH * right_stride(); }

fn right_at(i: u32) -> u32 { return i / (COLUMNS / 4u) * right_stride() + i % (COLUMNS / 4u); }

fn right_quad(i: u32, k: u32, last: u32) -> vec4<f16> {
  let p = k + i / (COLUMNS / 4u);
  let column = first_column + 4u * (i % (COLUMNS / 4u));
  if (column >= u.n || p >= last) { return vec4<f16>(); }
  return vec4<f16>(b[(p * u.n + column) / 4u]);
}

fn load_right(start: u32, p: u32, column: u32) -> Right {
  return subgroupMatrixLoad<Right, row_major>(&right_tile, start + p * right_stride() + column / 4u, right_stride());
}
#endif

fn finish_quad(row: u32, column: u32, sum: vec4<f32>) {
  if (row < u.m && column < u.n) { finish(row, column / 4u, sum); }
}

@compute @workgroup_size(COLUMN_LANES, ROW_LANES)
fn main(@builtin(local_invocation_id) local: vec3<u32>, @builtin(workgroup_id) group: vec3<u32>) {
  first_row = group.y * row_count();
  first_column = group.x * COLUMNS;
  matrices_product(local.xy, first_row, first_column, 0u, u.k);
}
