import type { ModelConfig } from '../../src/core/config.js';
import { planTraits } from '../../src/engine/plan-traits.js';
import type { Engine } from '../../src/gpu/engine.js';
import {
  choosePlan,
  type KernelPlan,
  type Precision,
  type ProductPlan,
  type ProductPlans,
} from '../../src/network/plan.js';

function all(plan: ProductPlan): ProductPlans {
  const weightGradient =
    plan.variant === 'tiled' ? plan : ({ ...plan, variant: 'registers' } as const);
  return { dense: plan, inputGradient: plan, weightGradient, heads: plan };
}

const small = { rowLanes: 4, columnLanes: 4 } as const;

/** Plans that between them take every variant of every kernel, as changes to the one chosen by rules. */
export const planVariants: Readonly<Record<string, Partial<KernelPlan>>> = {
  'outer products, a step a dispatch': {
    products: all({ variant: 'outer', ...small }),
    forward: { variant: 'steps', rows: 8, units: 8, lanes: 32 },
    backward: { variant: 'steps', rows: 8, units: 8, lanes: 32 },
  },
  'tiled products, resident workgroups': {
    products: {
      ...all({ variant: 'tiled', ...small, depth: 8, micro: 8 }),
      heads: { variant: 'tiled', ...small, depth: 8, micro: 4 },
    },
    // one slice: its workgroups wait for no other, so that it runs on any adapter
    forward: { variant: 'resident', rows: 4, units: 16, lanes: 32 },
    backward: { variant: 'resident', rows: 8, units: 16, lanes: 32 },
  },
  'products in registers, unrolled sweeps of one unit': {
    products: all({ variant: 'registers', rowLanes: 2, columnLanes: 8 }),
    gradientGroups: 16,
    forward: { variant: 'sweep', rows: 4, lanes: 64, block: 1, unroll: true },
    backward: { variant: 'sweep', rows: 2, lanes: 64, block: 1, unroll: true },
    stepsPerDispatch: 7,
  },
};

/** The plan by rules for a test's adapter, with changes. */
export function planWith(
  engine: Engine,
  model: ModelConfig,
  changes: Partial<KernelPlan> = {},
  precision: Precision = 'f32',
): KernelPlan {
  return { ...choosePlan(model, planTraits(engine.gpu), precision), ...changes };
}
