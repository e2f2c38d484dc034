// Weight gradient: out[s,m,n] = sum over the rows r of slice s of a[r,m] b[r,n]. Overwrites out;
// reduce_partials adds up the slices in order.
//   a [rows, a_stride], from column a_first on; b [rows, b_stride], from b_first on; out [slices,m,n];
//   m, n, strides and first columns are multiples of 4.
// Where PREVIOUS, row r of a stands for the step before it in its utterance and direction: h'_{s-1}
// of the recurrent weights' gradient; zero at a direction's first step.
// Tiles of both operands in workgroup memory (common/matmul_tile.wgsl).
${matmul_gradient}

const LEFT_ALONG_K = false;
const RIGHT_ALONG_K = false;
// Strides where they are known when it is compiled, else 0.
override A_STRIDE = 0u;
override B_STRIDE = 0u;
fn a_stride4() -> u32 { return select(u.a_stride, A_STRIDE, A_STRIDE > 0u) / 4u; }
fn b_stride4() -> u32 { return select(u.b_stride, B_STRIDE, B_STRIDE > 0u) / 4u; }
${matmul_tile}
fn left_places(r: u32, row4: u32) -> vec4<u32> {
  return (r + vec4(0u, 1u, 2u, 3u)) * a_stride4() + u.a_first / 4u + min(row4, u.m / 4u - 1u);
}

fn left_step() -> u32 { return DEPTH * a_stride4(); }

// Four columns of row r of a, which are at `at`; zero from row `last` on.
fn left_quad(at: u32, r: u32, last: u32) -> vec4<f32> {
  if (r >= last) { return vec4(0.0); }
#if ${PREVIOUS}
  if (starts(r)) { return vec4(0.0); }
  return vec4<f32>(a[select(at - a_stride4(), at + a_stride4(), u.direction == 1u)]);
#else
  return vec4<f32>(a[at]);
#endif
}

fn left_block(places: vec4<u32>, r: u32, last: u32) -> mat4x4<f32> {
  return mat4x4(left_quad(places.x, r, last), left_quad(places.y, r + 1u, last),
                left_quad(places.z, r + 2u, last), left_quad(places.w, r + 3u, last));
}

fn right_places(r: u32, column4: u32) -> vec4<u32> {
  return (r + vec4(0u, 1u, 2u, 3u)) * b_stride4() + u.b_first / 4u + min(column4, u.n / 4u - 1u);
}

fn right_step() -> u32 { return DEPTH * b_stride4(); }

fn right_quad(at: u32, r: u32, last: u32) -> vec4<f32> {
  if (r >= last) { return vec4(0.0); }
  return vec4<f32>(b[at]);
}

fn right_block(places: vec4<u32>, r: u32, last: u32) -> mat4x4<f32> {
  return mat4x4(right_quad(places.x, r, last), right_quad(places.y, r + 1u, last),
                right_quad(places.z, r + 2u, last), right_quad(places.w, r + 3u, last));
}

@compute @workgroup_size(COLUMN_LANES, ROW_LANES)
fn main(@builtin(local_invocation_id) local: vec3<u32>, @builtin(workgroup_id) group: vec3<u32>) {
  let slice_rows = (u.rows + u.slices - 1u) / u.slices;
  let first = group.z * slice_rows;
  let row4 = group.y * left_quads();
  let column4 = group.x * right_quads();
  var tile = tile_product(local.xy, row4, column4, first, min(first + slice_rows, u.rows));
  // Indexed freely: trip counts that are not constant keep compilers from unrolling it.
  for (var i = 0u; i < min(MICRO, u.m); i++) {
    for (var j = 0u; j < min(MICRO, u.n) / 4u; j++) {
      let row = 4u * (row4 + local.y + i / 4u * ROW_LANES) + i % 4u;
      let column = column4 + local.x + j * COLUMN_LANES;
      if (row < u.m && column < u.n / 4u) {
        out[(group.z * u.m + row) * (u.n / 4u) + column] = tile[2u * i + j];
      }
    }
  }
}
