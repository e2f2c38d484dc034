// A sample without the signal's mean.
fn centred(x: f32, level: vec4<f32>) -> f32 {
  return (x - level.x) - level.y;
}
