import {
  matricesConstants,
  matricesDefines,
  matricesFeature,
  matricesTile,
} from './matmul_matrices.js';
import { weightGradientMatmul } from './weight_gradient_matmul.js';

/** Variant `subgroup` of the weight gradient, of f16 operands. */
export const matmulTnSubgroup = weightGradientMatmul('matmul_tn_subgroup', {
  constants: matricesConstants,
  defines: matricesDefines,
  feature: matricesFeature,
  tile: matricesTile,
});
