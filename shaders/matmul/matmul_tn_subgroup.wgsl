// Weight gradient: out[s,m,n] = sum over the rows r of slice s of a[r,m] b[r,n]. Overwrites out;
// reduce_partials adds up the slices in order.
//   a [rows, a_stride], from column a_first on; b [rows, b_stride], from b_first on; out [slices,m,n];
//   m, n, strides and first columns are multiples of 4.
// Where PREVIOUS, row r of a stands for the step before it in its utterance and direction: h'_{s-1}
// of the recurrent weights' gradient; zero at a direction's first step.
// f16 matrices shared by a subgroup, sums in f32 (common/matmul_matrices.wgsl).
// local.y is uniform over a subgroup, which the compiler cannot know:
diagnostic(off, chromium.subgroup_matrix_uniformity);
${matmul_gradient}
${matmul_matrices}
var<workgroup> left_tile: array<vec4<f16>, BUFFERS * DEPTH * (ROWS_A_SUBGROUP / 4u * ROW_LANES + SPREAD)>;  // [r][m]
var<workgroup> right_tile: array<vec4<f16>, BUFFERS * DEPTH * (COLUMNS / 4u + SPREAD)>;  // [r][n]

var<private> first_m: u32;  // of the workgroup's tile
var<private> first_n: u32;
var<private> slice: u32;

// Quads from one row of a staged tile to the next, and of a whole one.
fn left_stride() -> u32 { return row_count() / 4u + SPREAD; }
fn left_size() -> u32 { return DEPTH * left_stride(); }

fn left_at(i: u32) -> u32 { return i / (row_count() / 4u) * left_stride() + i % (row_count() / 4u); }

fn left_quad(i: u32, k: u32, last: u32) -> vec4<f16> {
  let r = k + i / (row_count() / 4u);
  let column = first_m + 4u * (i % (row_count() / 4u));
  if (r >= last || column >= u.m) { return vec4<f16>(); }
#if ${PREVIOUS}
  if (starts(r)) { return vec4<f16>(); }
  return vec4<f16>(a[(row_before(r) * u.a_stride + u.a_first + column) / 4u]);
#else
  return vec4<f16>(a[(r * u.a_stride + u.a_first + column) / 4u]);
#endif
}

fn load_left(start: u32, row: u32, p: u32) -> Left {
  return subgroupMatrixLoad<Left, col_major>(&left_tile, start + p * left_stride() + row / 4u, left_stride());
}

fn right_stride() -> u32 { return COLUMNS / 4u + SPREAD; }
fn right_size() -> u32 { return DEPTH * right_stride(); }

fn right_at(i: u32) -> u32 { return i / (COLUMNS / 4u) * right_stride() + i % (COLUMNS / 4u); }

fn right_quad(i: u32, k: u32, last: u32) -> vec4<f16> {
  let r = k + i / (COLUMNS / 4u);
  let column = first_n + 4u * (i % (COLUMNS / 4u));
  if (r >= last || column >= u.n) { return vec4<f16>(); }
  return vec4<f16>(b[(r * u.b_stride + u.b_first + column) / 4u]);
}

fn load_right(start: u32, p: u32, column: u32) -> Right {
  return subgroupMatrixLoad<Right, row_major>(&right_tile, start + p * right_stride() + column / 4u, right_stride());
}

fn finish_quad(row: u32, column: u32, sum: vec4<f32>) {
  if (row < u.m && column < u.n) { out[((slice * u.m + row) * u.n + column) / 4u] = sum; }
}

@compute @workgroup_size(COLUMN_LANES, ROW_LANES)
fn main(@builtin(local_invocation_id) local: vec3<u32>, @builtin(workgroup_id) group: vec3<u32>) {
  first_m = group.y * row_count();
  first_n = group.x * COLUMNS;
  slice = group.z;
  let slice_rows = (u.rows + u.slices - 1u) / u.slices;
  let first = group.z * slice_rows;  // of `slice` the compiler would not know that it is uniform
  matrices_product(local.xy, first_m, first_n, first, min(first + slice_rows, u.rows));
}
