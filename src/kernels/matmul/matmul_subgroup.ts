import { denseMatmul } from './dense_matmul.js';
import {
  matricesConstants,
  matricesDefines,
  matricesFeature,
  matricesTile,
} from './matmul_matrices.js';

/**
 * Variant `subgroup`: products of matrices of f16 that a subgroup holds, sums in f32. b is [n,k] where
 * B_TRANSPOSED, else [k,n].
 */
export const matmulSubgroup = denseMatmul('matmul_subgroup', 'a b or a b^T', ['k', 'n'], {
  constants: matricesConstants,
  defines: { ...matricesDefines, B_TRANSPOSED: 0 },
  feature: matricesFeature,
  tile: matricesTile,
});
