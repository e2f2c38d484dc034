// Matmuls with the transposed recurrent weights, for one unit of a lane or four.
#if ${BLOCK} == 4
// Four units of a lane at a time: each gradient is loaded once for all.
alias Sums = vec4<f32>;
alias Weights = mat4x4<f32>;
fn weights_of(at: u32, first: u32, lanes: u32) -> Weights {
  let last = u.units - 1u;
  return Weights(
    vec4<f32>(weight[at + first]),
    vec4<f32>(weight[at + min(first + lanes, last)]),
    vec4<f32>(weight[at + min(first + 2u * lanes, last)]),
    vec4<f32>(weight[at + min(first + 3u * lanes, last)]));
}
fn weighted(g: vec4<f32>, w: Weights) -> Sums {
  return g * w;
}
#else
alias Sums = f32;
alias Weights = vec4<f32>;
fn weights_of(at: u32, first: u32, lanes: u32) -> Weights {
  return vec4<f32>(weight[at + first]);
}
fn weighted(g: vec4<f32>, w: Weights) -> Sums {
  return dot(g, w);
}
#endif
