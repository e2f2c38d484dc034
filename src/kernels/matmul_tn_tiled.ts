import { stagedTile, tileConstants, tileDefines } from './product_tile.js';
import { weightGradientProduct } from './weight_gradient_product.js';

/** Variant `tiled` of the weight gradient; MICRO is 4 or 8. */
export const matmulTnTiled = weightGradientProduct('matmul_tn_tiled', {
  constants: tileConstants,
  defines: tileDefines,
  tile: stagedTile,
});
