// Dense layer: out[m,n] = act(sum_k a[m,k] b[n,k] + bias[n]), then dropout. Overwrites out.
//   a [m,k]; b [n,k] (PyTorch's out x in); bias [n]; out [m,n]; k and n are multiples of 4.
// An invocation holds an 8 x 8 tile of out in registers.
struct Uniforms {
  m: u32,          // rows
  n: u32,          // columns of out
  k: u32,          // length of the products
  relu: u32,       // 1: out = max(out, 0)
  threshold: u32,  // dropout: a unit lives where its 16 bits are >= threshold
  scale: f32,      // dropout: 1 / (1 - p)
  stream_0: u32,   // dropout: key of (seed, step, layer)
  stream_1: u32,
}
@group(0) @binding(0) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> bias: array<vec4<f32>>;
#if ${DROPOUT}
@group(0) @binding(3) var<storage, read> places: array<vec4<u32>>;  // [m] (utterance, frame, …)
#endif
@group(0) @binding(4) var<storage, read_write> out: array<vec4<f32>>;
@group(0) @binding(5) var<uniform> u: Uniforms;

override ROW_LANES = 8u;
override COLUMN_LANES = 8u;

#if ${DROPOUT}
${threefry}
${dropout}
#endif

@compute @workgroup_size(COLUMN_LANES, ROW_LANES)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let row = id.y * 8u;
  let column4 = id.x * 2u;
  let n4 = u.n / 4u;
  let k4 = u.k / 4u;
  if (row >= u.m || column4 >= n4) { return; }
  // rows and columns past the end repeat the last one; what they give is not stored
  var a_at: array<u32, 8>;
  var b_at: array<u32, 8>;
  for (var i = 0u; i < 8u; i++) {
    a_at[i] = min(row + i, u.m - 1u) * k4;
    b_at[i] = min(column4 * 4u + i, u.n - 1u) * k4;
  }
  var sum: array<vec4<f32>, 16>;
  for (var p = 0u; p < k4; p++) {
    let left = mat4x4(b[b_at[0] + p], b[b_at[1] + p], b[b_at[2] + p], b[b_at[3] + p]);
    let right = mat4x4(b[b_at[4] + p], b[b_at[5] + p], b[b_at[6] + p], b[b_at[7] + p]);
    for (var i = 0u; i < ${TILE_ROWS}; i++) {
      let x = a[a_at[i] + p];
      sum[2u * i] += x * left;
      sum[2u * i + 1u] += x * right;
    }
  }
  // A copy that may be indexed freely, so that the sums stay in registers; trip counts that are not
  // constant keep compilers from unrolling what follows sixteen times.
  var tile = sum;
  for (var i = 0u; i < min(8u, u.m - row); i++) {
    for (var j = 0u; j < min(2u, n4 - column4); j++) {
      var y = tile[2u * i + j] + bias[column4 + j];
      if (u.relu == 1u) { y = max(y, vec4(0.0)); }
#if ${DROPOUT}
      y *= dropout_scale(vec2(u.stream_0, u.stream_1), places[row + i].xy, column4 + j, u.threshold, u.scale);
#endif
      out[(row + i) * n4 + column4 + j] = y;
    }
  }
}
