// Dense product: out[m,n] = sum_k a[m,k] b[n,k], with the epilogue of common/matmul_epilogue.wgsl.
//   a [m,k]; b [n,k] (PyTorch's out x in); k and n are multiples of 4.
// An invocation holds an 8 x 8 tile of out in registers; matrices of four by four from both operands.
@group(0) @binding(0) var<storage, read> a: array<vec4<${A_REAL}>>;  // [m,k]
@group(0) @binding(1) var<storage, read> b: array<vec4<${B_REAL}>>;  // [n,k]
${matmul_epilogue}
${matmul_registers}
override ROW_LANES = 8u;
override COLUMN_LANES = 8u;

@compute @workgroup_size(COLUMN_LANES, ROW_LANES)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let row = id.y * 8u;
  let column4 = id.x * 2u;
  let n4 = u.n / 4u;
  let k4 = u.k / 4u;
  if (row >= u.m || column4 >= n4) { return; }
  // rows and columns past the end repeat the last one; what they give is not stored
  let last = u.m - 1u;
  let a_0 = row * k4;
  let a_1 = min(row + 1u, last) * k4;
  let a_2 = min(row + 2u, last) * k4;
  let a_3 = min(row + 3u, last) * k4;
  let a_4 = min(row + 4u, last) * k4;
  let a_5 = min(row + 5u, last) * k4;
  let a_6 = min(row + 6u, last) * k4;
  let a_7 = min(row + 7u, last) * k4;
  let column = column4 * 4u;
  let b_0 = min(column + 0u, u.n - 1u) * k4;
  let b_1 = min(column + 1u, u.n - 1u) * k4;
  let b_2 = min(column + 2u, u.n - 1u) * k4;
  let b_3 = min(column + 3u, u.n - 1u) * k4;
  let b_4 = min(column + 4u, u.n - 1u) * k4;
  let b_5 = min(column + 5u, u.n - 1u) * k4;
  let b_6 = min(column + 6u, u.n - 1u) * k4;
  let b_7 = min(column + 7u, u.n - 1u) * k4;
  // Sixteen named sums, written out: some compilers neither unroll loops nor keep arrays in registers.
  var s0 = vec4(0.0); var s1 = s0; var s2 = s0; var s3 = s0;
  var s4 = s0; var s5 = s0; var s6 = s0; var s7 = s0;
  var s8 = s0; var s9 = s0; var s10 = s0; var s11 = s0;
  var s12 = s0; var s13 = s0; var s14 = s0; var s15 = s0;
  for (var p = 0u; p < k4; p++) {
    let left = mat4x4(vec4<f32>(b[b_0 + p]), vec4<f32>(b[b_1 + p]),
                      vec4<f32>(b[b_2 + p]), vec4<f32>(b[b_3 + p]));
    let right = mat4x4(vec4<f32>(b[b_4 + p]), vec4<f32>(b[b_5 + p]),
                       vec4<f32>(b[b_6 + p]), vec4<f32>(b[b_7 + p]));
    let x0 = vec4<f32>(a[a_0 + p]);
    let x1 = vec4<f32>(a[a_1 + p]);
    let x2 = vec4<f32>(a[a_2 + p]);
    let x3 = vec4<f32>(a[a_3 + p]);
    let x4 = vec4<f32>(a[a_4 + p]);
    let x5 = vec4<f32>(a[a_5 + p]);
    let x6 = vec4<f32>(a[a_6 + p]);
    let x7 = vec4<f32>(a[a_7 + p]);
    s0 += x0 * left; s1 += x0 * right;
    s2 += x1 * left; s3 += x1 * right;
    s4 += x2 * left; s5 += x2 * right;
    s6 += x3 * left; s7 += x3 * right;
    s8 += x4 * left; s9 += x4 * right;
    s10 += x5 * left; s11 += x5 * right;
    s12 += x6 * left; s13 += x6 * right;
    s14 += x7 * left; s15 += x7 * right;
  }
  finish_registers(row, column4, array(s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11, s12, s13, s14, s15));
}
