import { denseProduct, registerTile } from './dense_product.js';

/** Variant `outer`, for b [k,n]: reads a one by one. */
export const matmulOuter = denseProduct('matmul_outer', 'a b', ['k', 'n'], {
  a: 'A_REAL',
  tile: registerTile,
});
