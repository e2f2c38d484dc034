// A workgroup's tile of a matmul by f16 matrices that a subgroup shares
// (chromium_experimental_subgroup_matrix), sums in f32. A row of COLUMN_LANES lanes is one subgroup. It
// sums 2 x 4 matrices of out; the workgroup's subgroups are stacked vertically and share a tile of the
// right operand. Tiles are staged in workgroup memory, DEPTH of k at a time, in quads of four numbers,
// zero past the edges, since matrices are loaded whole.
//
// The including kernel defines
//   left_tile, right_tile: arrays of quads, BUFFERS tiles of left_size() and right_size() each,
//   left_quad(i, k, last), right_quad(i, k, last): quad i of the tile that starts at k, from memory,
//   left_at(i), right_at(i): where it goes,
//   load_left(start, row, p), load_right(start, p, column): a matrix of the tile that starts at `start`,
//   finish_quad(row, column, sum): stores four sums of a row.
const SUB_M = ${SUB_M}u;
const SUB_N = ${SUB_N}u;
const SUB_K = ${SUB_K}u;
alias Left = subgroup_matrix_left<f16, ${SUB_K}, ${SUB_M}>;  // of columns and rows
alias Right = subgroup_matrix_right<f16, ${SUB_N}, ${SUB_K}>;
alias Sums = subgroup_matrix_result<f32, ${SUB_N}, ${SUB_M}>;

override ROW_LANES = 4u;
override COLUMN_LANES = 32u;
override DEPTH = 32u;  // k staged at a time, a multiple of SUB_K
override BUFFERS = 1u;  // 2: the next tile is written beside the one being multiplied, a barrier less

const ROWS_A_SUBGROUP = 2u * SUB_M;  // of out
const COLUMNS = 4u * SUB_N;  // of the workgroup's tile
const SPREAD = 2u;  // two more quads spread rows over the banks

var<workgroup> results: array<vec4<f32>, ROW_LANES * SUB_M * SUB_N / 4u>;  // a matrix a subgroup

fn lane_count() -> u32 { return ROW_LANES * COLUMN_LANES; }
fn row_count() -> u32 { return ROWS_A_SUBGROUP * ROW_LANES; }  // of the workgroup's tile

// Stores a matrix of sums, whose first element is out[row, column]. Called by all lanes.
fn finish_sums(sums: Sums, lane: vec2<u32>, row: u32, column: u32) {
  let first = lane.y * (SUB_M * SUB_N / 4u);
  workgroupBarrier();
  subgroupMatrixStore<row_major>(&results, first, sums, SUB_N / 4u);
  workgroupBarrier();
  for (var i = lane.x; i < SUB_M * SUB_N / 4u; i += COLUMN_LANES) {
    finish_quad(row + i / (SUB_N / 4u), column + 4u * (i % (SUB_N / 4u)), results[first + i]);
  }
}

// The workgroup's tile from first_row and first_column on, summed over first <= k < last. Called by all
// lanes: it contains barriers.
fn matrices_product(lane: vec2<u32>, first_row: u32, first_column: u32, first: u32, last: u32) {
  let index = lane.y * COLUMN_LANES + lane.x;
  let own = ROWS_A_SUBGROUP * lane.y;  // the subgroup's first row in the tile
#repeat r in 0..2
#repeat c in 0..4
  var s$(r)$(c) = Sums();
#end
#end
  // One iteration more than there are tiles: the next tile is loading while one is multiplied.
  for (var k = first; k < last + DEPTH; k += DEPTH) {
    let tile = (k - first) / DEPTH;
    // A lane's quads of the next tile; of those past a tile's end nothing is stored.
#repeat i in 0..LEFT_QUADS
    let left_$(i) = left_quad(index + $(i)u * lane_count(), k, last);
#end
#repeat i in 0..RIGHT_QUADS
    let right_$(i) = right_quad(index + $(i)u * lane_count(), k, last);
#end
    if (k > first) {
      let buffer = (tile + BUFFERS - 1u) % BUFFERS;
      for (var step = 0u; step < DEPTH / SUB_K; step++) {
        let p = step * SUB_K;
#repeat r in 0..2
        let x$(r) = load_left(buffer * left_size(), own + $(r)u * SUB_M, p);
#end
#repeat c in 0..4
        let y$(c) = load_right(buffer * right_size(), p, $(c)u * SUB_N);
#repeat r in 0..2
        s$(r)$(c) = subgroupMatrixMultiplyAccumulate(x$(r), y$(c), s$(r)$(c));
#end
#end
      }
    }
    if (BUFFERS == 1u) { workgroupBarrier(); }
    let buffer = tile % BUFFERS;
#repeat i in 0..LEFT_QUADS
    stage_left(index + $(i)u * lane_count(), buffer, left_$(i));
#end
#repeat i in 0..RIGHT_QUADS
    stage_right(index + $(i)u * lane_count(), buffer, right_$(i));
#end
    workgroupBarrier();
  }
  let row = first_row + own;
#repeat r in 0..2
#repeat c in 0..4
  finish_sums(s$(r)$(c), lane, row + $(r)u * SUB_M, first_column + $(c)u * SUB_N);
#end
#end
}

fn stage_left(i: u32, buffer: u32, quad: vec4<f16>) {
  if (i < row_count() * DEPTH / 4u) { left_tile[buffer * left_size() + left_at(i)] = quad; }
}

fn stage_right(i: u32, buffer: u32, quad: vec4<f16>) {
  if (i < COLUMNS * DEPTH / 4u) { right_tile[buffer * right_size() + right_at(i)] = quad; }
}
