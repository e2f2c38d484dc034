// The LSTM (Eq. 3-7, 10) as recurrence_cell expects it: gates i, f, g, o; states C and h.

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
