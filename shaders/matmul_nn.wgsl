// Input gradient of a dense layer: out[m,n] = sum_k a[m,k] b[k,n], then, where GATED, times the
// derivative of ReLU and dropout: scale where layer_output[m,n] > 0, else 0.
//   a [m,k]; b [k,n]; layer_output, out [m,n]; k and n are multiples of 4.
// Overwrites out, or accumulates where `accumulate` is 1.
struct Uniforms {
  m: u32,           // rows
  n: u32,           // columns of out
  k: u32,           // length of the products
  accumulate: u32,  // 1: adds to out
  scale: f32,       // 1 / (1 - p) of the layer's dropout, 1 without
}
@group(0) @binding(0) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> b: array<vec4<f32>>;
#if ${GATED}
@group(0) @binding(2) var<storage, read> layer_output: array<vec4<f32>>;  // the layer's output
#endif
@group(0) @binding(3) var<storage, read_write> out: array<vec4<f32>>;
@group(0) @binding(4) var<uniform> u: Uniforms;

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
  var a_at: array<u32, 8>;
  for (var i = 0u; i < 8u; i++) {
    a_at[i] = min(row + i, u.m - 1u) * k4;
  }
  var sum: array<vec4<f32>, 16>;
  for (var p = 0u; p < k4; p++) {
    let at = 4u * p * n4;
    let left = mat4x4(b[at + column4], b[at + n4 + column4],
                      b[at + 2u * n4 + column4], b[at + 3u * n4 + column4]);
    let right = mat4x4(b[at + second4], b[at + n4 + second4],
                       b[at + 2u * n4 + second4], b[at + 3u * n4 + second4]);
    for (var i = 0u; i < ${TILE_ROWS}; i++) {
      let x = a[a_at[i] + p];
      sum[2u * i] += left * x;
      sum[2u * i + 1u] += right * x;
    }
  }
  // A copy that may be indexed freely, so that the sums stay in registers; trip counts that are not
  // constant keep compilers from unrolling what follows sixteen times.
  var tile = sum;
  for (var i = 0u; i < min(8u, u.m - row); i++) {
    for (var j = 0u; j < min(2u, n4 - column4); j++) {
      let at = (row + i) * n4 + column4 + j;
      var y = tile[2u * i + j];
#if ${GATED}
      y = select(vec4(0.0), u.scale * y, layer_output[at] > vec4(0.0));
#endif
      if (u.accumulate == 1u) { y += out[at]; }
      out[at] = y;
    }
  }
}
