import { denseMatmul } from './dense_matmul.js';
import { stagedTile, tileConstants, tileDefines } from './matmul_tile.js';

/** Variant `tiled`: b is [n,k] where B_TRANSPOSED, else [k,n]; MICRO is 4 or 8. */
export const matmulTiled = denseMatmul('matmul_tiled', 'a b or a b^T', ['k', 'n'], {
  constants: tileConstants,
  defines: { ...tileDefines, B_TRANSPOSED: 0 },
  tile: stagedTile,
});
