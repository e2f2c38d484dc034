import { denseMatmul } from './dense_matmul.js';
import { stagedTile, tileConstants, tileDefines } from './matmul_tile.js';

/**
 * Variant `tiled`: b is [n,k] where B_TRANSPOSED, else [k,n]; MICRO is 4 or 8. KNOWN_K and KNOWN_N are
 * k and n where a pipeline is for these alone, else 0.
 */
export const matmulTiled = denseMatmul('matmul_tiled', 'a b or a b^T', ['k', 'n'], {
  constants: { ...tileConstants, KNOWN_K: 0, KNOWN_N: 0 },
  defines: { ...tileDefines, B_TRANSPOSED: 0 },
  tile: stagedTile,
});
