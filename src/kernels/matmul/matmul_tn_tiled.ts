import { stagedTile, tileConstants, tileDefines } from './matmul_tile.js';
import { weightGradientMatmul } from './weight_gradient_matmul.js';

/**
 * Variant `tiled` of the weight gradient; MICRO is 4 or 8. A_STRIDE and B_STRIDE are the strides where
 * a pipeline is for these alone, else 0.
 */
export const matmulTnTiled = weightGradientMatmul('matmul_tn_tiled', {
  constants: { ...tileConstants, A_STRIDE: 0, B_STRIDE: 0 },
  defines: tileDefines,
  tile: stagedTile,
});
