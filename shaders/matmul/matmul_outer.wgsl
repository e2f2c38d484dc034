// Dense product: out[m,n] = sum_k a[m,k] b[k,n], with the epilogue of common/matmul_epilogue.wgsl.
//   a [m,k], read one by one; b [k,n]; n is a multiple of 4.
// An invocation holds an 8 x 8 tile of out in registers: one outer product of eight by eight for each k.
@group(0) @binding(0) var<storage, read> a: array<${A_REAL}>;  // [m,k]
@group(0) @binding(1) var<storage, read> b: array<vec4<${B_REAL}>>;  // [k,n]
${matmul_epilogue}
${matmul_registers}
override ROW_LANES = 8u;
override COLUMN_LANES = 8u;

@compute @workgroup_size(COLUMN_LANES, ROW_LANES)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let row = id.y * 8u;
  let column4 = id.x * 2u;
  let n4 = u.n / 4u;
  if (row >= u.m || column4 >= n4) { return; }
  // rows and columns past the end repeat the last one; what they give is not stored
  let last = u.m - 1u;
  let a_0 = row * u.k;
  let a_1 = min(row + 1u, last) * u.k;
  let a_2 = min(row + 2u, last) * u.k;
  let a_3 = min(row + 3u, last) * u.k;
  let a_4 = min(row + 4u, last) * u.k;
  let a_5 = min(row + 5u, last) * u.k;
  let a_6 = min(row + 6u, last) * u.k;
  let a_7 = min(row + 7u, last) * u.k;
  var b_0 = column4;
  var b_1 = min(column4 + 1u, n4 - 1u);
  // Sixteen named sums, written out: some compilers neither unroll loops nor keep arrays in registers.
  var s0 = vec4(0.0); var s1 = s0; var s2 = s0; var s3 = s0;
  var s4 = s0; var s5 = s0; var s6 = s0; var s7 = s0;
  var s8 = s0; var s9 = s0; var s10 = s0; var s11 = s0;
  var s12 = s0; var s13 = s0; var s14 = s0; var s15 = s0;
  for (var p = 0u; p < u.k; p++) {
    let left = vec4<f32>(b[b_0]);
    let right = vec4<f32>(b[b_1]);
    b_0 += n4;
    b_1 += n4;
    let x0 = f32(a[a_0 + p]);
    s0 += x0 * left; s1 += x0 * right;
    let x1 = f32(a[a_1 + p]);
    s2 += x1 * left; s3 += x1 * right;
    let x2 = f32(a[a_2 + p]);
    s4 += x2 * left; s5 += x2 * right;
    let x3 = f32(a[a_3 + p]);
    s6 += x3 * left; s7 += x3 * right;
    let x4 = f32(a[a_4 + p]);
    s8 += x4 * left; s9 += x4 * right;
    let x5 = f32(a[a_5 + p]);
    s10 += x5 * left; s11 += x5 * right;
    let x6 = f32(a[a_6 + p]);
    s12 += x6 * left; s13 += x6 * right;
    let x7 = f32(a[a_7 + p]);
    s14 += x7 * left; s15 += x7 * right;
  }
  finish_registers(row, column4, array(s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11, s12, s13, s14, s15));
}
