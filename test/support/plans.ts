import type { ModelConfig } from '../../src/core/config.js';
import { planTraits } from '../../src/session/plan-traits.js';
import type { Engine } from '../../src/gpu/engine.js';
import {
  choosePlan,
  type KernelPlan,
  type Precision,
  type MatmulPlan,
  type MatmulPlans,
} from '../../src/plan/plan.js';

function all(plan: MatmulPlan): MatmulPlans {
  const weightGradient =
    plan.variant === 'tiled' ? plan : ({ ...plan, variant: 'registers' } as const);
  return { dense: plan, inputGradient: plan, weightGradient, heads: plan };
}

const small = { rowLanes: 4, columnLanes: 4 } as const;
const smallTiles = { variant: 'tiled', ...small, depth: 8, micro: 8 } as const;

/** Tiled matmuls as graphics cards take them: a pipeline for each shape, so slow to compile in software. */
export const unrolledMatmuls: MatmulPlans = {
  ...all({ ...smallTiles, buffers: 2, unroll: true }),
  heads: { ...smallTiles, micro: 4, unroll: true },
};

/** Plans that between them take every variant of every kernel, as changes to the one chosen by rules. */
export const planVariants: Readonly<Record<string, Partial<KernelPlan>>> = {
  'outer matmul, a step a dispatch': {
    matmul: all({ variant: 'outer', ...small }),
    forward: { variant: 'steps', rows: 8, units: 8, lanes: 32 },
    backward: { variant: 'steps', rows: 8, units: 8, lanes: 32 },
  },
  'tiled matmul, cooperative workgroups': {
    matmul: {
      ...all(smallTiles),
      weightGradient: { ...smallTiles, buffers: 2 },
      heads: { ...smallTiles, micro: 4 },
    },
    // one slice: its workgroups wait for no other, so that it runs on any adapter
    forward: { variant: 'cooperative', rows: 4, units: 16, lanes: 32 },
    backward: { variant: 'cooperative', rows: 8, units: 16, lanes: 32 },
  },
  'cooperative workgroups with weights in registers and streamed': {
    forward: { variant: 'cooperative', rows: 8, units: 16, lanes: 64, weights: 'registers' },
    backward: { variant: 'cooperative', rows: 4, units: 16, lanes: 32, weights: 'streamed' },
    stepsPerDispatch: 5,
  },
  'products in registers, unrolled sweeps of one unit': {
    matmul: all({ variant: 'registers', rowLanes: 2, columnLanes: 8 }),
    gradientGroups: 16,
    forward: { variant: 'persistent', rows: 4, lanes: 64, block: 1, unroll: true },
    backward: { variant: 'persistent', rows: 2, lanes: 64, block: 1, unroll: true },
    stepsPerDispatch: 7,
  },
  'sweeps whose lanes share the sums over k': {
    forward: { variant: 'persistent', rows: 2, lanes: 32, block: 2, parts: 2, unroll: false },
    backward: { variant: 'persistent', rows: 4, lanes: 32, block: 4, parts: 4, unroll: false },
    stepsPerDispatch: 11,
  },
};

/** Products of f16 by subgroup matrices of one size; those with an operand in f32 are then tiled. */
export function subgroupMatmuls(
  matrix: NonNullable<MatmulPlan['matrix']>,
  columnLanes: number,
): MatmulPlans {
  const plan = {
    variant: 'subgroup',
    rowLanes: 2,
    columnLanes,
    depth: 2 * matrix.k,
    matrix,
  } as const;
  const heads = { ...smallTiles, micro: 4 } as const;
  return { dense: plan, inputGradient: { ...plan, buffers: 1 }, weightGradient: plan, heads };
}

/** The plan by rules for a test's adapter, with changes. */
export function planWith(
  engine: Engine,
  model: ModelConfig,
  changes: Partial<KernelPlan> = {},
  precision: Precision = 'f32',
): KernelPlan {
  return { ...choosePlan(model, planTraits(engine.gpu), precision), ...changes };
}
