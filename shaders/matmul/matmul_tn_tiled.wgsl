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
${matmul_tile}
// Four columns of row r of a; zero from row `last` on.
fn left_quad(r: u32, last: u32, at: u32) -> vec4<f32> {
  if (r >= last) { return vec4(0.0); }
#if ${PREVIOUS}
  if (starts(r)) { return vec4(0.0); }
  return vec4<f32>(a[(row_before(r) * u.a_stride + u.a_first) / 4u + at]);
#else
  return vec4<f32>(a[(r * u.a_stride + u.a_first) / 4u + at]);
#endif
}

fn left_block(r: u32, last: u32, row4: u32) -> mat4x4<f32> {
  let at = min(row4, u.m / 4u - 1u);
  return mat4x4(left_quad(r, last, at), left_quad(r + 1u, last, at),
                left_quad(r + 2u, last, at), left_quad(r + 3u, last, at));
}

fn right_quad(r: u32, last: u32, at: u32) -> vec4<f32> {
  if (r >= last) { return vec4(0.0); }
  return vec4<f32>(b[(r * u.b_stride + u.b_first) / 4u + at]);
}

fn right_block(r: u32, last: u32, column4: u32) -> mat4x4<f32> {
  let at = min(column4, u.n / 4u - 1u);
  return mat4x4(right_quad(r, last, at), right_quad(r + 1u, last, at),
                right_quad(r + 2u, last, at), right_quad(r + 3u, last, at));
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
