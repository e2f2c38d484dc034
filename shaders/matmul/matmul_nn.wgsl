// Matmul: out[m,n] = sum_k a[m,k] b[k,n], with the epilogue of common/matmul_epilogue.wgsl.
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
  // rows and columns past the end repeat the last one; their results are not stored
  let last = u.m - 1u;
  let a_0 = row * k4;
#repeat r in 1..8
  let a_$(r) = min(row + $(r)u, last) * k4;
#end
  // Sixteen named sums, written out: some compilers neither unroll loops nor keep arrays in registers.
  var s0 = vec4(0.0);
#repeat i in 1..16
  var s$(i) = s0;
#end
  for (var p = 0u; p < k4; p++) {
    let at = 4u * p * n4;
    let left = mat4x4(vec4<f32>(b[at + column4]), vec4<f32>(b[at + n4 + column4]),
                      vec4<f32>(b[at + 2u * n4 + column4]), vec4<f32>(b[at + 3u * n4 + column4]));
    let right = mat4x4(vec4<f32>(b[at + second4]), vec4<f32>(b[at + n4 + second4]),
                       vec4<f32>(b[at + 2u * n4 + second4]), vec4<f32>(b[at + 3u * n4 + second4]));
#repeat r in 0..8
    let x$(r) = vec4<f32>(a[a_$(r) + p]);
#end
#repeat r in 0..8
    s$(2*r) += left * x$(r); s$(2*r+1) += right * x$(r);
#end
  }
  finish_registers(row, column4, array(s$(0..16)));
}
