// Threefry-2x32 with 20 rounds (Salmon et al. 2011): a counter-based generator. The same key and
// counter give the same 64 bits on every adapter; src/core/random.ts computes the same.
fn threefry_round(x: vec2<u32>, r: u32) -> vec2<u32> {
  let a = x.x + x.y;
  return vec2(a, ((x.y << r) | (x.y >> (32u - r))) ^ a);
}

fn threefry_four(x: vec2<u32>, r: vec4<u32>) -> vec2<u32> {
  return threefry_round(threefry_round(threefry_round(threefry_round(x, r.x), r.y), r.z), r.w);
}

fn threefry(key: vec2<u32>, counter: vec2<u32>) -> vec2<u32> {
  let k2 = 0x1BD11BDAu ^ key.x ^ key.y;
  let even = vec4(13u, 15u, 26u, 6u);
  let odd = vec4(17u, 29u, 16u, 24u);
  var x = threefry_four(counter + key, even) + vec2(key.y, k2 + 1u);
  x = threefry_four(x, odd) + vec2(k2, key.x + 2u);
  x = threefry_four(x, even) + vec2(key.x, key.y + 3u);
  x = threefry_four(x, odd) + vec2(key.y, k2 + 4u);
  return threefry_four(x, even) + vec2(k2, key.x + 5u);
}
