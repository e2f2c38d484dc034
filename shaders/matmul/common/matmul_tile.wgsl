// A workgroup's tile of a matmul, both operands staged in workgroup memory, DEPTH of k at a time. A
// lane sums MICRO x MICRO of it: quads of rows y and y + ROW_LANES, quads of columns x and
// x + COLUMN_LANES, so that neighbouring lanes read neighbouring quads and no two the same bank.
//
// The including kernel defines left_block(k, last, row4) and right_block(k, last, column4):
// four k from k on of a quad of rows or columns, a column of the matrix for each k, zero from k = last
// on; and LEFT_ALONG_K, RIGHT_ALONG_K: whether k runs fastest in its operand.
const MICRO = ${MICRO}u;  // 4 or 8

override ROW_LANES = 8u;
override COLUMN_LANES = 8u;
override DEPTH = 16u;  // k staged at a time

// One more quad for each k spreads blocks over the banks.
var<workgroup> left_tile: array<vec4<f32>, DEPTH * (MICRO / 4u * ROW_LANES + 1u)>;  // [k][row4]
var<workgroup> right_tile: array<vec4<f32>, DEPTH * (MICRO / 4u * COLUMN_LANES + 1u)>;  // [k][column4]

// Quads of rows of the tile, and of its columns.
fn left_quads() -> u32 { return MICRO / 4u * ROW_LANES; }
fn right_quads() -> u32 { return MICRO / 4u * COLUMN_LANES; }

// Blocks of 4 x 4 of the left tile, and of both; a lane stages at most two.
fn left_blocks() -> u32 { return left_quads() * DEPTH / 4u; }
fn both_blocks() -> u32 { return left_blocks() + right_quads() * DEPTH / 4u; }

// First k and quad of block i of a tile; neighbouring lanes read neighbouring memory.
fn block_place(i: u32, quads: u32, along_k: bool) -> vec2<u32> {
  if (along_k) { return vec2(4u * (i % (DEPTH / 4u)), i / (DEPTH / 4u)); }
  return vec2(4u * (i / quads), i % quads);
}

// Block i of the left tile, then of the right one, from memory.
fn fetch_block(i: u32, k: u32, last: u32, row4: u32, column4: u32) -> mat4x4<f32> {
  if (i < left_blocks()) {
    let place = block_place(i, left_quads(), LEFT_ALONG_K);
    return left_block(k + place.x, last, row4 + place.y);
  }
  let place = block_place(i - left_blocks(), right_quads(), RIGHT_ALONG_K);
  return right_block(k + place.x, last, column4 + place.y);
}

fn stage_block(i: u32, quads: mat4x4<f32>) {
  if (i < left_blocks()) {
    let place = block_place(i, left_quads(), LEFT_ALONG_K);
    let stride = left_quads() + 1u;
    let at = place.x * stride + place.y;
#repeat i in 0..4
    left_tile[at + $(i)u * stride] = quads[$(i)];
#end
  } else if (i < both_blocks()) {
    let place = block_place(i - left_blocks(), right_quads(), RIGHT_ALONG_K);
    let stride = right_quads() + 1u;
    let at = place.x * stride + place.y;
#repeat i in 0..4
    right_tile[at + $(i)u * stride] = quads[$(i)];
#end
  }
}

// Sums over first <= k < last of a lane's rows of the tile from row4 on, columns from column4 on: two
// quads of columns a row (one where MICRO is 4). Called by all lanes: it contains barriers.
fn tile_product(lane: vec2<u32>, row4: u32, column4: u32, first: u32, last: u32) -> array<vec4<f32>, 16> {
  let index = lane.y * COLUMN_LANES + lane.x;
  let again = index + ROW_LANES * COLUMN_LANES;
  let blocks = both_blocks();
  let left_stride = left_quads() + 1u;
  let right_stride = right_quads() + 1u;
  // Sixteen named sums, written out: some compilers neither unroll loops nor keep arrays in registers.
  var s0 = vec4(0.0);
#repeat i in 1..16
  var s$(i) = s0;
#end
  // One iteration more than there are tiles: the next tile is loading while one is multiplied.
  for (var k = first; k < last + DEPTH; k += DEPTH) {
    var first_block = mat4x4<f32>();
    var second_block = mat4x4<f32>();
    if (index < blocks) { first_block = fetch_block(index, k, last, row4, column4); }
    if (again < blocks) { second_block = fetch_block(again, k, last, row4, column4); }
    // Four k at a time, up to a count that is not constant: some compilers take long to unroll loops.
    let staged = select(0u, min(DEPTH, last + DEPTH - k), k > first);
    for (var four = 0u; four < staged; four += 4u) {
      for (var p = 0u; p < 4u; p++) {
        let left_at = (four + p) * left_stride + lane.y;
        let right_at = (four + p) * right_stride + lane.x;
        let x = left_tile[left_at];
        let left = right_tile[right_at];
#repeat i in 0..4
        s$(2*i) += x[$(i)] * left;
#end
        if (MICRO == 8u) {
          let y = left_tile[left_at + ROW_LANES];
          let right = right_tile[right_at + COLUMN_LANES];
#repeat i in 0..4
          s$(2*i+1) += x[$(i)] * right;
          s$(2*i+8) += y[$(i)] * left; s$(2*i+9) += y[$(i)] * right;
#end
        }
      }
    }
    workgroupBarrier();
    stage_block(index, first_block);
    stage_block(again, second_block);
    workgroupBarrier();
  }
  return array(s$(0..16));
}
