// (cos, sin) of 2 pi bits / 2^32: the nearest multiple of pi / 2, and series for what is left.
fn circle(bits: u32) -> vec2<f32> {
  let quarter = ((bits >> 29u) + 1u) >> 1u;
  let x = f32(bitcast<i32>(bits - (quarter << 30u))) * 1.46291807926715969e-9;
  let s = x * x;
  let c = 1.0 - s * (0.5 - s * (0.0416666667 - s * (0.00138888889 - s * 0.0000248015873)));
  let d = x * (1.0 - s * (0.166666667 - s * (0.00833333333 - s * (0.000198412698 - s * 0.00000275573192))));
  switch (quarter & 3u) {
    case 0u: { return vec2(c, d); }
    case 1u: { return vec2(-d, c); }
    case 2u: { return vec2(-c, -d); }
    default: { return vec2(d, -c); }
  }
}

// Two of N(0, 1) from 64 bits (Box and Muller 1958).
fn normals(bits: vec2<u32>) -> vec2<f32> {
  return sqrt(max(0.0, -2.0 * log((f32(bits.x) + 1.0) * 2.3283064365386963e-10))) * circle(bits.y);
}
