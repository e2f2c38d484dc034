// Dense product: out[m,n] = sum_k a[m,k] b[k,n], with the epilogue of common/matmul_epilogue.wgsl.
//   a [m,k]; b [k,n]; k and n are multiples of 4.
// An invocation holds an 8 x 8 tile of out in registers; matrices of four by four from both operands.
@group(0) @binding(0) var<storage, read> a: array<vec4<${A_REAL}>>;  // [m,k]
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
  let k4 = u.k / 4u;
  if (row >= u.m || column4 >= n4) { return; }
  let second4 = min(column4 + 1u, n4 - 1u);
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
  // Sixteen named sums, written out: some compilers neither unroll loops nor keep arrays in registers.
  var s0 = vec4(0.0); var s1 = s0; var s2 = s0; var s3 = s0;
  var s4 = s0; var s5 = s0; var s6 = s0; var s7 = s0;
  var s8 = s0; var s9 = s0; var s10 = s0; var s11 = s0;
  var s12 = s0; var s13 = s0; var s14 = s0; var s15 = s0;
  for (var p = 0u; p < k4; p++) {
    let at = 4u * p * n4;
    let left = mat4x4(vec4<f32>(b[at + column4]), vec4<f32>(b[at + n4 + column4]),
                      vec4<f32>(b[at + 2u * n4 + column4]), vec4<f32>(b[at + 3u * n4 + column4]));
    let right = mat4x4(vec4<f32>(b[at + second4]), vec4<f32>(b[at + n4 + second4]),
                       vec4<f32>(b[at + 2u * n4 + second4]), vec4<f32>(b[at + 3u * n4 + second4]));
    let x0 = vec4<f32>(a[a_0 + p]);
    let x1 = vec4<f32>(a[a_1 + p]);
    let x2 = vec4<f32>(a[a_2 + p]);
    let x3 = vec4<f32>(a[a_3 + p]);
    let x4 = vec4<f32>(a[a_4 + p]);
    let x5 = vec4<f32>(a[a_5 + p]);
    let x6 = vec4<f32>(a[a_6 + p]);
    let x7 = vec4<f32>(a[a_7 + p]);
    s0 += left * x0; s1 += right * x0;
    s2 += left * x1; s3 += right * x1;
    s4 += left * x2; s5 += right * x2;
    s6 += left * x3; s7 += right * x3;
    s8 += left * x4; s9 += right * x4;
    s10 += left * x5; s11 += right * x5;
    s12 += left * x6; s13 += right * x6;
    s14 += left * x7; s15 += right * x7;
  }
  finish_registers(row, column4, array(s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11, s12, s13, s14, s15));
}
