// An 8 x 8 tile of a dense product, two quads of columns a row, from row and column4 on.
fn finish_registers(row: u32, column4: u32, sums: array<vec4<f32>, 16>) {
  var tile = sums;
  // Indexed freely: trip counts that are not constant keep compilers from unrolling it.
  for (var i = 0u; i < min(8u, u.m - row); i++) {
    for (var j = 0u; j < min(2u, u.n / 4u - column4); j++) {
      finish(row + i, column4 + j, tile[2u * i + j]);
    }
  }
}
