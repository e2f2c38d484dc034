// The GRU as torch.nn.GRU has it, in the terms of recurrence_cell: gates r, z, n and W_hn h' + b_hn; its one
// state h is stored where an LSTM has C.

// r, z, n as torch.nn.GRU has them, then what r multiplies: W_hn h' + b_hn. W_ih has no row for that one, W_hh
// none for n; those rows are zero.
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
