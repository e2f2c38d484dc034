// Matmul: out[m,n] = sum_k a[m,k] b[n,k], with the epilogue of common/matmul_epilogue.wgsl.
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
  // rows and columns past the end repeat the last one; their results are not stored
  let last = u.m - 1u;
  let a_0 = row * k4;
#repeat r in 1..8
  let a_$(r) = min(row + $(r)u, last) * k4;
#end
  let column = column4 * 4u;
#repeat c in 0..8
  let b_$(c) = min(column + $(c)u, u.n - 1u) * k4;
#end
  // Sixteen named sums, written out: some compilers neither unroll loops nor keep arrays in registers.
  var s0 = vec4(0.0);
#repeat i in 1..16
  var s$(i) = s0;
#end
  for (var p = 0u; p < k4; p++) {
    let left = mat4x4(vec4<f32>(b[b_0 + p]), vec4<f32>(b[b_1 + p]),
                      vec4<f32>(b[b_2 + p]), vec4<f32>(b[b_3 + p]));
    let right = mat4x4(vec4<f32>(b[b_4 + p]), vec4<f32>(b[b_5 + p]),
                       vec4<f32>(b[b_6 + p]), vec4<f32>(b[b_7 + p]));
#repeat r in 0..8
    let x$(r) = vec4<f32>(a[a_$(r) + p]);
#end
#repeat r in 0..8
    s$(2*r) += x$(r) * left; s$(2*r+1) += x$(r) * right;
#end
  }
  finish_registers(row, column4, array(s$(0..16)));
}
