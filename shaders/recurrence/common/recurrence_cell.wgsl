// What a cell computes at a step for one unit, and the gradient of that. A frame holds four numbers a unit,
// `gate`; `x` is what its input gives to them and `p` what h' of the step before gives; `before` is C' of the
// step before and `c` C' of the step at hand, for a GRU both h'.
// Where the kernels say C a GRU has its h: states hold it as plane 0, and there is no plane 1. They ask LSTM
// only whether there is a C beside h. On the way back a GRU's gradient of h' comes in two halves: d_h through
// W_hh, and d_c straight from the step after (state_slope); output_slope adds the first to the second.
#if ${LSTM}
const KINDS = 2u;  // of states that are combined: C and h

// i, f, g, o (Eq. 3-5).
fn activated(x: vec4<f32>, p: vec4<f32>) -> vec4<f32> {
  let z = x + p;
  let squashed = sigmoid4(z);
  return vec4(squashed.xy, tanh_exact(z.z), squashed.w);
}

// Eq. 6, 7
fn state_of(gate: vec4<f32>, before: f32) -> f32 {
  return gate.y * before + gate.x * gate.z;
}

fn squashed_state(c: f32) -> f32 {
  return tanh_exact(c);
}

// Eq. 10; t = squashed_state(c)
fn output_of(gate: vec4<f32>, t: f32) -> f32 {
  return gate.w * t;
}

// d h / d C'
fn output_slope(gate: vec4<f32>, t: f32) -> f32 {
  return gate.w * (1.0 - t * t);
}

// Gradient of x + p, from d_h of the raw h and d_c of the raw C.
fn gate_gradient(gate: vec4<f32>, before: f32, t: f32, d_h: f32, d_c: f32) -> vec4<f32> {
  let sigmoids = gate * (1.0 - gate);
  return vec4(d_c * gate.z, d_c * before, d_c * gate.x, d_h * t)
    * vec4(sigmoids.xy, 1.0 - gate.z * gate.z, sigmoids.w);
}

// d C / d C' of the step before
fn state_slope(gate: vec4<f32>) -> f32 {
  return gate.y;
}
#else
const KINDS = 1u;  // h alone, which stands where an LSTM has C

// r, z, n as torch.nn.GRU has them, then what r acts on: W_hn h' + b_hn. W_ih has no row for that one, W_hh
// none for n; their positions hold zeros.
fn activated(x: vec4<f32>, p: vec4<f32>) -> vec4<f32> {
  let squashed = sigmoid4(x + p);
  let inner = x.w + p.w;
  return vec4(squashed.xy, tanh_exact(x.z + squashed.x * inner), inner);
}

// (1 - z) n + z h'
fn state_of(gate: vec4<f32>, before: f32) -> f32 {
  return gate.z + gate.y * (before - gate.z);
}

fn squashed_state(c: f32) -> f32 {
  return c;
}

fn output_of(gate: vec4<f32>, t: f32) -> f32 {
  return t;
}

fn output_slope(gate: vec4<f32>, t: f32) -> f32 {
  return 1.0;
}

fn gate_gradient(gate: vec4<f32>, before: f32, t: f32, d_h: f32, d_c: f32) -> vec4<f32> {
  let sigmoids = gate * (1.0 - gate);
  let d_n = d_c * (1.0 - gate.y) * (1.0 - gate.z * gate.z);
  return vec4(d_n * gate.w * sigmoids.x, d_c * (before - gate.z) * sigmoids.y, d_n, d_n * gate.x);
}

fn state_slope(gate: vec4<f32>) -> f32 {
  return gate.y;
}
#endif
