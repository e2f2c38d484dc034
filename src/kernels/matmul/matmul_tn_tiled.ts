import { stagedTile, tileConstants, tileDefines } from './matmul_tile.js';
import { weightGradientMatmul } from './weight_gradient_matmul.js';

/** Variant `tiled` of the weight gradient; MICRO is 4 or 8. */
export const matmulTnTiled = weightGradientMatmul('matmul_tn_tiled', {
  constants: tileConstants,
  defines: tileDefines,
  tile: stagedTile,
});
