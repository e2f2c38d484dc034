import { denseMatmul } from './dense_matmul.js';
import type { Defines, Values } from '../descriptor.js';

/** Matrices of a subgroup's part of out: down, across. */
const DOWN = 2;
const ACROSS = 4;

/**
 * Variant `subgroup`: products of matrices of f16 that a subgroup holds, sums in f32. Sizes SUB_M,
 * SUB_N, SUB_K are one of the adapter's `subgroupMatrixConfigs`, DEPTH is a multiple of SUB_K;
 * COLUMN_LANES is the lanes of a subgroup, ROW_LANES the subgroups of a workgroup. b is [n,k] where
 * B_TRANSPOSED, else [k,n].
 */
export const matmulSubgroup = denseMatmul('matmul_subgroup', 'a b or a b^T', ['k', 'n'], {
  constants: { ROW_LANES: 4, COLUMN_LANES: 32, DEPTH: 32 },
  defines: { A_REAL: 'f16', B_REAL: 'f16', B_TRANSPOSED: 0, SUB_M: 16, SUB_N: 16, SUB_K: 16 },
  feature: {
    name: 'chromium-experimental-subgroup-matrix',
    enables: 'chromium_experimental_subgroup_matrix',
  },
  tile: ({ ROW_LANES = 4 }: Values, { SUB_M = 16, SUB_N = 16 }: Defines) => [
    DOWN * ROW_LANES * Number(SUB_M),
    ACROSS * Number(SUB_N),
  ],
});
