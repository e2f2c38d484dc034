import { denseMatmul, registerTile } from './dense_matmul.js';

/** Variant `outer`, for b [k,n]: reads a one by one. */
export const matmulOuter = denseMatmul('matmul_outer', 'a b', ['k', 'n'], {
  a: 'A_REAL',
  tile: registerTile,
});
