// Matmul: out[m,n] = sum_k a[m,k] b[k,n], with the epilogue of common/matmul_epilogue.wgsl;
// f16 matrices shared by a subgroup (chromium_experimental_subgroup_matrix), sums in f32.
//   a [m,k]; b [k,n], or [n,k] where B_TRANSPOSED; k and n are multiples of 4.
// A row of COLUMN_LANES lanes is one subgroup. It sums 2 x 4 matrices of out; the workgroup's subgroups
// are stacked vertically and share a tile of b. Tiles are staged in workgroup memory, zero past the
// edges, since matrices are loaded whole.
// local.y is uniform over a subgroup, which the compiler cannot know:
diagnostic(off, chromium.subgroup_matrix_uniformity);
@group(0) @binding(0) var<storage, read> a: array<vec4<${A_REAL}>>;  // [m,k]
@group(0) @binding(1) var<storage, read> b: array<vec4<${B_REAL}>>;  // [k,n] or [n,k]
${matmul_epilogue}
const SUB_M = ${SUB_M}u;
const SUB_N = ${SUB_N}u;
const SUB_K = ${SUB_K}u;
alias Left = subgroup_matrix_left<f16, ${SUB_K}, ${SUB_M}>;  // of columns and rows
alias Right = subgroup_matrix_right<f16, ${SUB_N}, ${SUB_K}>;
alias Sums = subgroup_matrix_result<f32, ${SUB_N}, ${SUB_M}>;

override ROW_LANES = 4u;
override COLUMN_LANES = 32u;
override DEPTH = 32u;  // k staged at a time, a multiple of SUB_K

const ROWS_A_SUBGROUP = 2u * SUB_M;  // of out
const COLUMNS = 4u * SUB_N;  // of the workgroup's tile
const SPREAD = 8u;  // eight more numbers spread rows over the banks

var<workgroup> left_tile: array<f16, ROWS_A_SUBGROUP * ROW_LANES * (DEPTH + SPREAD)>;  // [row][k]
#if ${B_TRANSPOSED}
var<workgroup> right_tile: array<f16, COLUMNS * (DEPTH + SPREAD)>;  // [column][k]
#else
var<workgroup> right_tile: array<f16, DEPTH * (COLUMNS + SPREAD)>;  // [k][column]
#endif
var<workgroup> results: array<f32, ROW_LANES * SUB_M * SUB_N>;  // a matrix a subgroup

fn lane_count() -> u32 { return ROW_LANES * COLUMN_LANES; }
fn row_count() -> u32 { return ROWS_A_SUBGROUP * ROW_LANES; }  // of the workgroup's tile

// Numbers from one row of a staged tile to the next.
fn left_stride() -> u32 { return DEPTH + SPREAD; }
#if ${B_TRANSPOSED}
fn right_stride() -> u32 { return DEPTH + SPREAD; }
#else
fn right_stride() -> u32 { return COLUMNS + SPREAD; }
#endif

fn stage_left(first_row: u32, k: u32, index: u32) {
  for (var i = index; i < row_count() * DEPTH / 4u; i += lane_count()) {
    let row = i / (DEPTH / 4u);
    let p = 4u * (i % (DEPTH / 4u));
    var quad = vec4<f16>();
    if (first_row + row < u.m && k + p < u.k) { quad = vec4<f16>(a[((first_row + row) * u.k + k + p) / 4u]); }
    let at = row * left_stride() + p;
#repeat i in 0..4
    left_tile[at + $(i)u] = quad[$(i)];
#end
  }
}

fn stage_right(first_column: u32, k: u32, index: u32) {
  for (var i = index; i < COLUMNS * DEPTH / 4u; i += lane_count()) {
    var quad = vec4<f16>();
#if ${B_TRANSPOSED}
    let column = i / (DEPTH / 4u);
    let p = 4u * (i % (DEPTH / 4u));
    if (first_column + column < u.n && k + p < u.k) {
      quad = vec4<f16>(b[((first_column + column) * u.k + k + p) / 4u]);
    }
    let at = column * right_stride() + p;
#else
    let p = i / (COLUMNS / 4u);
    let column = 4u * (i % (COLUMNS / 4u));
    if (first_column + column < u.n && k + p < u.k) {
      quad = vec4<f16>(b[((k + p) * u.n + first_column + column) / 4u]);
    }
    let at = p * right_stride() + column;
#endif
#repeat i in 0..4
    right_tile[at + $(i)u] = quad[$(i)];
#end
  }
}

fn load_left(row: u32, p: u32) -> Left {
  return subgroupMatrixLoad<Left, row_major>(&left_tile, row * left_stride() + p, left_stride());
}

fn load_right(p: u32, column: u32) -> Right {
#if ${B_TRANSPOSED}
  return subgroupMatrixLoad<Right, col_major>(&right_tile, column * right_stride() + p, right_stride());
#else
  return subgroupMatrixLoad<Right, row_major>(&right_tile, p * right_stride() + column, right_stride());
#endif
}

// Stores a matrix of sums, whose first element is out[row, column]. Called by all lanes.
fn finish_sums(sums: Sums, lane: vec2<u32>, row: u32, column: u32) {
  let first = lane.y * SUB_M * SUB_N;
  workgroupBarrier();
  subgroupMatrixStore<row_major>(&results, first, sums, SUB_N);
  workgroupBarrier();
  for (var i = lane.x; i < SUB_M * SUB_N / 4u; i += COLUMN_LANES) {
    let r = row + i / (SUB_N / 4u);
    let c = column + 4u * (i % (SUB_N / 4u));
    let at = first + 4u * i;
    if (r < u.m && c < u.n) {
      finish(r, c / 4u, vec4(results[at], results[at + 1u], results[at + 2u], results[at + 3u]));
    }
  }
}

@compute @workgroup_size(COLUMN_LANES, ROW_LANES)
fn main(@builtin(local_invocation_id) local: vec3<u32>, @builtin(workgroup_id) group: vec3<u32>) {
  let index = local.y * COLUMN_LANES + local.x;
  let first_row = group.y * row_count();
  let column = group.x * COLUMNS;
  let own = ROWS_A_SUBGROUP * local.y;  // the subgroup's first row in the tile
#repeat r in 0..2
#repeat c in 0..4
  var s$(r)$(c) = Sums();
#end
#end
  for (var k = 0u; k < u.k; k += DEPTH) {
    workgroupBarrier();
    stage_left(first_row, k, index);
    stage_right(column, k, index);
    workgroupBarrier();
    for (var p = 0u; p < min(DEPTH, u.k - k); p += SUB_K) {
#repeat r in 0..2
      let left_$(r) = load_left(own + $(r)u * SUB_M, p);
#end
#repeat c in 0..4
      let right_$(c) = load_right(p, $(c)u * SUB_N);
#repeat r in 0..2
      s$(r)$(c) = subgroupMatrixMultiplyAccumulate(left_$(r), right_$(c), s$(r)$(c));
#end
#end
    }
  }
  let row = first_row + own;
#repeat r in 0..2
#repeat c in 0..4
  finish_sums(s$(r)$(c), local.xy, row + $(r)u * SUB_M, column + $(c)u * SUB_N);
#end
#end
}
