import { registerTile } from './dense_matmul.js';
import { weightGradientMatmul } from './weight_gradient_matmul.js';

/** Variant `registers` of the weight gradient. */
export const matmulTn = weightGradientMatmul('matmul_tn', { tile: registerTile });
