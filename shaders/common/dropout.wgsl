// Inverted dropout of four neighbouring units: 0 or 1 / (1 - p). The bits depend on seed, step,
// layer, utterance, frame and unit alone (16 of them a unit), never on the row in the batch.
//   stream: a key drawn from (seed, step, layer);  place: (utterance, frame)
fn dropout_scale(stream: vec2<u32>, place: vec2<u32>, unit4: u32, threshold: u32, scale: f32) -> vec4<f32> {
  let bits = threefry(threefry(stream, place), vec2(unit4, 0u));
  let draws = vec4(bits.x & 0xffffu, bits.x >> 16u, bits.y & 0xffffu, bits.y >> 16u);
  return select(vec4(0.0), vec4(scale), draws >= vec4(threshold));
}
