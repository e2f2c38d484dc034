// An 8 x 8 tile of a matmul, two quads of columns a row, from row and column4 on.
fn finish_registers(row: u32, column4: u32, sums: array<vec4<f32>, 16>) {
  var tile = sums;
  // Indexed freely. Compilers unroll loops known to be short, which takes some of them seconds:
  // with these bounds they cannot tell.
  let row_end = min(u.m, row + 8u);
  let column_end = min(u.n / 4u, column4 + 2u);
  for (var i = row; i < row_end; i++) {
    for (var j = column4; j < column_end; j++) {
      finish(i, j, tile[2u * (i - row) + j - column4]);
    }
  }
}
