import { registerTile } from './dense_product.js';
import { weightGradientProduct } from './weight_gradient_product.js';

/** Variant `registers` of the weight gradient. */
export const matmulTn = weightGradientProduct('matmul_tn', { tile: registerTile });
