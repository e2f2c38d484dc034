// A workgroup's tile of a matmul, both operands staged in workgroup memory, DEPTH of k at a time. A
// lane sums MICRO x MICRO of it: quads of rows y and y + ROW_LANES, quads of columns x and
// x + COLUMN_LANES, so that neighbouring lanes read neighbouring quads and no two the same bank.
// Operands are fetched in blocks of 4 x 4, four k of a quad of rows or columns; a lane has at most two.
//
// The including kernel defines
//   left_places(k, row4), right_places(k, column4): where the four vectors of a block are in memory,
//   left_step(), right_step(): how much further those are that come DEPTH later,
//   left_block(places, k, last), right_block(places, k, last): the block, a column of the matrix for
//   each k, zero from k = last on,
//   LEFT_ALONG_K, RIGHT_ALONG_K: whether k runs fastest in its operand.
const MICRO = ${MICRO}u;  // 4 or 8

override ROW_LANES = 8u;
override COLUMN_LANES = 8u;
override DEPTH = 16u;  // k staged at a time
override BUFFERS = 1u;  // 2: the next tile is written beside the one being multiplied, a barrier less

// One more quad for each k spreads blocks over the banks.
var<workgroup> left_tile: array<vec4<f32>, BUFFERS * DEPTH * (MICRO / 4u * ROW_LANES + 1u)>;  // [k][row4]
var<workgroup> right_tile: array<vec4<f32>, BUFFERS * DEPTH * (MICRO / 4u * COLUMN_LANES + 1u)>;  // [k][column4]

// Quads of rows of the tile, and of its columns.
fn left_quads() -> u32 { return MICRO / 4u * ROW_LANES; }
fn right_quads() -> u32 { return MICRO / 4u * COLUMN_LANES; }

// Blocks of the left tile, and of both.
fn left_blocks() -> u32 { return left_quads() * DEPTH / 4u; }
fn both_blocks() -> u32 { return left_blocks() + right_quads() * DEPTH / 4u; }

const NONE = 0u;
const LEFT = 1u;
const RIGHT = 2u;

struct Block {
  side: u32,          // NONE: the lane has none
  k: u32,             // the first of its four
  at: u32,            // of its first quad in its tile
  places: vec4<u32>,  // of its vectors in memory
}

// First k and quad of block i of a tile; neighbouring lanes read neighbouring memory.
fn block_place(i: u32, quads: u32, along_k: bool) -> vec2<u32> {
  if (along_k) { return vec2(4u * (i % (DEPTH / 4u)), i / (DEPTH / 4u)); }
  return vec2(4u * (i / quads), i % quads);
}

// Block i of the left tile, then of the right one, for the tile that starts at k.
fn block_at(i: u32, k: u32, row4: u32, column4: u32) -> Block {
  if (i < left_blocks()) {
    let place = block_place(i, left_quads(), LEFT_ALONG_K);
    let own = k + place.x;
    return Block(LEFT, own, place.x * (left_quads() + 1u) + place.y, left_places(own, row4 + place.y));
  }
  if (i >= both_blocks()) { return Block(); }
  let place = block_place(i - left_blocks(), right_quads(), RIGHT_ALONG_K);
  let own = k + place.x;
  return Block(RIGHT, own, place.x * (right_quads() + 1u) + place.y, right_places(own, column4 + place.y));
}

fn fetch_block(block: Block, last: u32) -> mat4x4<f32> {
  if (block.side == LEFT) { return left_block(block.places, block.k, last); }
  if (block.side == RIGHT) { return right_block(block.places, block.k, last); }
  return mat4x4<f32>();
}

// Where the block of the tile after this one is.
fn next_block(block: Block) -> Block {
  let step = select(right_step(), left_step(), block.side == LEFT);
  return Block(block.side, block.k + DEPTH, block.at, block.places + step);
}

fn stage_block(block: Block, buffer: u32, quads: mat4x4<f32>) {
  if (block.side == LEFT) {
    let stride = left_quads() + 1u;
    let at = buffer * DEPTH * stride + block.at;
#repeat i in 0..4
    left_tile[at + $(i)u * stride] = quads[$(i)];
#end
  } else if (block.side == RIGHT) {
    let stride = right_quads() + 1u;
    let at = buffer * DEPTH * stride + block.at;
#repeat i in 0..4
    right_tile[at + $(i)u * stride] = quads[$(i)];
#end
  }
}

// Sums over first <= k < last of a lane's rows of the tile from row4 on, columns from column4 on: two
// quads of columns a row (one where MICRO is 4). Called by all lanes: it contains barriers.
fn tile_product(lane: vec2<u32>, row4: u32, column4: u32, first: u32, last: u32) -> array<vec4<f32>, 16> {
  let index = lane.y * COLUMN_LANES + lane.x;
  // No change, but so, and without calls, the compiler can tell that the indices below are in bounds.
  let y_at = lane.y % ROW_LANES;
  let x_at = lane.x % COLUMN_LANES;
  let left_stride = MICRO / 4u * ROW_LANES + 1u;
  let right_stride = MICRO / 4u * COLUMN_LANES + 1u;
  var first_block = block_at(index, first, row4, column4);
  var second_block = block_at(index + ROW_LANES * COLUMN_LANES, first, row4, column4);
  // Sixteen named sums, written out: some compilers neither unroll loops nor keep arrays in registers.
  var s0 = vec4(0.0);
#repeat i in 1..16
  var s$(i) = s0;
#end
  // One iteration more than there are tiles: the next tile is loading while one is multiplied.
  for (var k = first; k < last + DEPTH; k += DEPTH) {
    let tile = (k - first) / DEPTH;
    let next_first = fetch_block(first_block, last);
    let next_second = fetch_block(second_block, last);
    if (k > first) {
      let start = (tile + BUFFERS - 1u) % BUFFERS * DEPTH;
#if ${UNROLL}
      // Those of the next k are read before those of this one are multiplied.
      var x_next = left_tile[start * left_stride + y_at];
      var left_next = right_tile[start * right_stride + x_at];
#if ${MICRO} == 8
      var y_next = left_tile[start * left_stride + ROW_LANES + y_at];
      var right_next = right_tile[start * right_stride + COLUMN_LANES + x_at];
#endif
      for (var q = 0u; q < DEPTH / 4u; q++) {
#else
      // up to a count that is not constant: some compilers take long to unroll loops
      let fours = (min(DEPTH, last + DEPTH - k) + 3u) / 4u;
      for (var q = 0u; q < fours; q++) {
#endif
#repeat p in 0..4
        {
#if ${UNROLL}
          let x = x_next;
          let left = left_next;
          let row = start + (4u * q + $(p+1)u) % DEPTH;
          x_next = left_tile[row * left_stride + y_at];
          left_next = right_tile[row * right_stride + x_at];
#else
          let row = start + (4u * q + $(p)u) % DEPTH;
          let x = left_tile[row * left_stride + y_at];
          let left = right_tile[row * right_stride + x_at];
#endif
#repeat i in 0..4
          s$(2*i) += x[$(i)] * left;
#end
#if ${MICRO} == 8
#if ${UNROLL}
          let y = y_next;
          let right = right_next;
          y_next = left_tile[row * left_stride + ROW_LANES + y_at];
          right_next = right_tile[row * right_stride + COLUMN_LANES + x_at];
#else
          let y = left_tile[row * left_stride + ROW_LANES + y_at];
          let right = right_tile[row * right_stride + COLUMN_LANES + x_at];
#endif
#repeat i in 0..4
          s$(2*i+1) += x[$(i)] * right;
          s$(2*i+8) += y[$(i)] * left; s$(2*i+9) += y[$(i)] * right;
#end
#endif
        }
#end
      }
    }
    if (BUFFERS == 1u) { workgroupBarrier(); }
    stage_block(first_block, tile % BUFFERS, next_first);
    stage_block(second_block, tile % BUFFERS, next_second);
    workgroupBarrier();
    first_block = next_block(first_block);
    second_block = next_block(second_block);
  }
  return array(s$(0..16));
}
