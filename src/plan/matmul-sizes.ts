/** What the matmul kernels are compiled with for a plan, and how much workgroup memory they then use. */

import {
  matricesBytes,
  matricesProblem,
  stagedQuads,
  type Along,
} from '../kernels/matmul/matmul_matrices.js';
import { stagedTileBytes, stagedTileProblem } from '../kernels/matmul/matmul_tile.js';
import type { MatmulPart, MatmulPlan } from './plan.js';

/** For operands in f32 that a plan's `subgroup` matmuls cannot take. */
export const standIn: MatmulPlan = {
  variant: 'tiled',
  rowLanes: 8,
  columnLanes: 8,
  depth: 16,
  micro: 8,
};

/** Constants and defines of a `tiled` matmul. */
export function tilesOf(plan: MatmulPlan) {
  const { rowLanes, columnLanes, depth = 16, buffers = 1, micro = 8, unroll = false } = plan;
  return {
    constants: {
      ROW_LANES: rowLanes,
      COLUMN_LANES: columnLanes,
      DEPTH: depth,
      BUFFERS: buffers,
    },
    defines: { MICRO: micro, UNROLL: unroll ? 1 : 0 },
  };
}

/** Constants and defines of a `subgroup` matmul. */
export function matricesOf(plan: MatmulPlan) {
  const { rowLanes, columnLanes, depth = 32, buffers = 1 } = plan;
  const { m: SUB_M, n: SUB_N, k: SUB_K } = plan.matrix ?? { m: 16, n: 16, k: 16 };
  const constants = {
    ROW_LANES: rowLanes,
    COLUMN_LANES: columnLanes,
    DEPTH: depth,
    BUFFERS: buffers,
  };
  const sizes = { SUB_M, SUB_N, SUB_K };
  return { constants, defines: { ...sizes, ...stagedQuads(constants, sizes) } };
}

/** What keeps every adapter from running a matmul of this plan; undefined where nothing does. */
export function matmulProblem(plan: MatmulPlan): string | undefined {
  if (plan.variant === 'tiled') {
    const { constants, defines } = tilesOf(plan);
    return stagedTileProblem(constants, defines);
  }
  if (plan.variant !== 'subgroup') return undefined;
  const { constants, defines } = matricesOf(plan);
  return matricesProblem(constants, defines);
}

/** How the operands of each part's matmuls are staged, left and right. */
const stagings: Readonly<Record<MatmulPart, readonly (readonly [left: Along, right: Along])[]>> = {
  dense: [['k', 'k']],
  inputGradient: [['k', 'out']],
  weightGradient: [['out', 'out']],
  heads: [
    ['k', 'k'],
    ['k', 'out'],
  ],
};

/** Bytes of workgroup memory of a part's matmuls: of those for operands in f32 too. */
export function matmulBytes(part: MatmulPart, plan: MatmulPlan): number {
  if (plan.variant === 'tiled') {
    const { constants, defines } = tilesOf(plan);
    return stagedTileBytes(constants, defines);
  }
  if (plan.variant !== 'subgroup') return 0;
  const { constants, defines } = matricesOf(plan);
  const own = stagings[part].map(([left, right]) => matricesBytes(constants, defines, left, right));
  return Math.max(matmulBytes(part, standIn), ...own);
}
