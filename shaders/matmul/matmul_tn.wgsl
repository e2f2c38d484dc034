// Weight gradient: out[s,m,n] = sum over the rows r of slice s of a[r,m] b[r,n]. Overwrites out;
// reduce_partials adds up the slices in order.
//   a [rows, a_stride], from column a_first on; b [rows, b_stride], from b_first on; out [slices,m,n];
//   m, n, strides and first columns are multiples of 4.
// Where PREVIOUS, row r of a stands for the step before it in its utterance and direction: h'_{s-1}
// of the recurrent weights' gradient; zero at a direction's first step.
${matmul_gradient}
override ROW_LANES = 8u;
override COLUMN_LANES = 8u;

@compute @workgroup_size(COLUMN_LANES, ROW_LANES)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let m4 = u.m / 4u;
  let n4 = u.n / 4u;
  let row4 = id.y * 2u;
  let column4 = id.x * 2u;
  if (row4 >= m4 || column4 >= n4) { return; }
  let slice_rows = (u.rows + u.slices - 1u) / u.slices;
  let first = id.z * slice_rows;
  let last = min(first + slice_rows, u.rows);
  // the second tile of four repeats the first past the edge; it is not stored
  let row4_b = min(row4 + 1u, m4 - 1u);
  let column4_b = min(column4 + 1u, n4 - 1u);
  // Sixteen named sums, written out: some compilers neither unroll loops nor keep arrays in registers.
  var s0 = vec4(0.0);
#repeat i in 1..16
  var s$(i) = s0;
#end
  for (var r = first; r < last; r++) {
#if ${PREVIOUS}
    let first_step = starts(r);
    let source = select(row_before(r), r, first_step);
    let here = select(1.0, 0.0, first_step);
    let a_at = (source * u.a_stride + u.a_first) / 4u;
    let x = vec4<f32>(a[a_at + row4]) * here;
    let y = vec4<f32>(a[a_at + row4_b]) * here;
#else
    let a_at = (r * u.a_stride + u.a_first) / 4u;
    let x = vec4<f32>(a[a_at + row4]);
    let y = vec4<f32>(a[a_at + row4_b]);
#endif
    let b_at = (r * u.b_stride + u.b_first) / 4u;
    let left = vec4<f32>(b[b_at + column4]);
    let right = vec4<f32>(b[b_at + column4_b]);
#repeat i in 0..4
    s$(2*i) += x[$(i)] * left; s$(2*i+1) += x[$(i)] * right;
    s$(2*i+8) += y[$(i)] * left; s$(2*i+9) += y[$(i)] * right;
#end
  }
  var tile = array(s$(0..16));
  // bounds that compilers cannot see to be short: unrolling the loops would take them seconds
  let row = row4 * 4u;
  let row_end = min(u.m, row + 8u);
  let column_end = min(n4, column4 + 2u);
  for (var i = row; i < row_end; i++) {
    for (var j = column4; j < column_end; j++) {
      out[(id.z * u.m + i) * n4 + j] = tile[2u * (i - row) + j - column4];
    }
  }
}
