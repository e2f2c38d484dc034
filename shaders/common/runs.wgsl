// The high word of a b.
fn high(a: u32, b: u32) -> u32 {
  let low = (a & 0xffffu) * (b & 0xffffu);
  let mid = (a >> 16u) * (b & 0xffffu) + (low >> 16u);
  let cross = (a & 0xffffu) * (b >> 16u) + (mid & 0xffffu);
  return (a >> 16u) * (b >> 16u) + (mid >> 16u) + (cross >> 16u);
}

// A run of at most `limit` among n, as (first, past the last).
fn run_of(bits: vec2<u32>, n: u32, limit: u32) -> vec2<u32> {
  let length = high(bits.x, limit + 1u);
  let first = high(bits.y, n - length + 1u);
  return vec2(first, first + length);
}
