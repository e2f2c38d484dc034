// Matmul: out[m,n] = sum_k a[m,k] b[k,n], with the epilogue of common/matmul_epilogue.wgsl.
//   a [m,k], read one by one; b [k,n]; n is a multiple of 4.
// An invocation holds an 8 x 8 tile of out in registers: one 8 x 8 outer product for each k.
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
  // rows and columns past the end repeat the last one; their results are not stored
  let last = u.m - 1u;
  let a_0 = row * u.k;
#repeat r in 1..8
  let a_$(r) = min(row + $(r)u, last) * u.k;
#end
  var b_0 = column4;
  var b_1 = min(column4 + 1u, n4 - 1u);
  // Sixteen named sums, written out: some compilers neither unroll loops nor keep arrays in registers.
  var s0 = vec4(0.0);
#repeat i in 1..16
  var s$(i) = s0;
#end
  for (var p = 0u; p < u.k; p++) {
    let left = vec4<f32>(b[b_0]);
    let right = vec4<f32>(b[b_1]);
    b_0 += n4;
    b_1 += n4;
#repeat r in 0..8
    let x$(r) = f32(a[a_$(r) + p]);
    s$(2*r) += x$(r) * left; s$(2*r+1) += x$(r) * right;
#end
  }
  finish_registers(row, column4, array(s$(0..16)));
}
