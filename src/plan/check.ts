import { attendsToStates } from '../core/cells.js';
import type { ModelConfig } from '../core/config.js';
import { recurrentLayers } from '../core/layers.js';
import { ConfigError } from '../core/errors.js';
import { matmulBytes } from './matmul-sizes.js';
import { keptWeights } from '../kernels/recurrence/recurrence_cooperative.js';
import type {
  AdapterTraits,
  CooperativePlan,
  KernelPlan,
  MatmulPlan,
  MatmulPlans,
  RecurrencePlan,
} from './plan.js';
import { cooperativeBytes, sliceBytes, persistentBytes, type Way } from './workgroup-bytes.js';
import { largest } from './sizes.js';
import { leastLanes } from './slice-lanes.js';

/** The properties of an adapter that decide whether it can run a plan. */
export interface PlanTraits extends AdapterTraits {
  /** Whether it can store in half precision (shader-f16). */
  readonly f16: boolean;
  /** Lanes of a subgroup and sizes of its subgroup matrices, if it has any. */
  readonly subgroups?: {
    readonly lanes: number;
    readonly matrices: readonly NonNullable<MatmulPlan['matrix']>[];
  };
}

/** Bytes of workgroup memory that a recurrence uses. */
function recurrenceBytes(way: Way, plan: KernelPlan, model: ModelConfig): number {
  const own = plan[way];
  if (own.variant === 'persistent') {
    return largest(model, (size) => persistentBytes(way, own, size));
  }
  if (own.variant === 'steps') return largest(model, (size) => sliceBytes(way, own, size));
  const weight = plan.precision === 'f16' ? 8 : 16;
  const kept = (own.weights ?? 'workgroup') === 'workgroup' ? weight : 0;
  return largest(model, (size) => cooperativeBytes(way, own, kept, size));
}

/** Bytes of workgroup memory that each part of a plan uses. */
export function planBytes(
  plan: KernelPlan,
  model: ModelConfig,
): Readonly<Record<keyof MatmulPlans | Way, number>> {
  const { dense, inputGradient, weightGradient, heads } = plan.matmul;
  return {
    dense: matmulBytes('dense', dense),
    inputGradient: matmulBytes('inputGradient', inputGradient),
    weightGradient: matmulBytes('weightGradient', weightGradient),
    heads: matmulBytes('heads', heads),
    forward: recurrenceBytes('forward', plan, model),
    backward: recurrenceBytes('backward', plan, model),
  };
}

/** Why an adapter cannot run a plan for a model; undefined if it can. */
export function planProblem(
  plan: KernelPlan,
  model: ModelConfig,
  traits: PlanTraits,
): string | undefined {
  if (plan.precision === 'f16' && !traits.f16) {
    return 'precision is f16, but the adapter lacks shader-f16';
  }
  const bytes = planBytes(plan, model);
  for (const [name, product] of Object.entries(plan.matmul) as [keyof MatmulPlans, MatmulPlan][]) {
    if (product.variant === 'subgroup' && !hasMatrix(product, traits)) {
      return `matmul.${name} uses subgroup matrices that the adapter lacks`;
    }
    const lanes = product.rowLanes * product.columnLanes;
    const problem = sizeProblem(`matmul.${name}`, lanes, bytes[name], traits);
    if (problem !== undefined) return problem;
  }
  for (const way of ['forward', 'backward'] as const) {
    const own = plan[way];
    const problem =
      sizeProblem(way, own.lanes, bytes[way], traits) ?? lanesProblem(way, own, model);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function hasMatrix({ matrix, columnLanes }: MatmulPlan, { subgroups }: PlanTraits): boolean {
  if (!matrix || !subgroups || columnLanes !== subgroups.lanes) return false;
  const { m, n, k } = matrix;
  return subgroups.matrices.some((own) => own.m === m && own.n === n && own.k === k);
}

function sizeProblem(
  name: string,
  lanes: number,
  bytes: number,
  { maxComputeInvocationsPerWorkgroup, maxComputeWorkgroupStorageSize }: PlanTraits,
): string | undefined {
  if (lanes > maxComputeInvocationsPerWorkgroup) {
    return `${name} needs ${lanes} lanes per workgroup, the adapter has ${maxComputeInvocationsPerWorkgroup}`;
  }
  if (bytes > maxComputeWorkgroupStorageSize) {
    return `${name} needs ${bytes} bytes of workgroup memory, the adapter has ${maxComputeWorkgroupStorageSize}`;
  }
  return undefined;
}

/** Lanes must divide the sums over k and the scores of the rows evenly. */
function lanesProblem(way: Way, plan: RecurrencePlan, model: ModelConfig): string | undefined {
  if (plan.variant === 'cooperative' && plan.weights === 'registers') {
    const problem = registersProblem(way, plan, model);
    if (problem !== undefined) return problem;
  }
  if (plan.variant !== 'persistent') {
    const least = leastLanes(plan);
    return plan.lanes < least ? `${way} has ${plan.lanes} lanes but needs ${least}` : undefined;
  }
  const attends = recurrentLayers(model).some(({ cell }) => attendsToStates(cell));
  const { parts = 1 } = plan;
  if (plan.lanes % parts !== 0) {
    return `${way} has ${plan.lanes} lanes, which ${parts} parts do not divide evenly`;
  }
  if (!attends || plan.lanes % plan.rows === 0) return undefined;
  return `${way} has ${plan.lanes} lanes, which ${plan.rows} rows do not divide evenly`;
}

/** Numbers of weights that a lane may keep: the rest of 255 registers is for its sums. */
const MOST_KEPT = 160;

/** A lane keeps its share of the weights in named variables: a few, and backward all of its share. */
function registersProblem(way: Way, plan: CooperativePlan, model: ModelConfig): string | undefined {
  const kept = largest(model, ({ units }) => keptWeights(way, plan, units));
  if (kept > MOST_KEPT) {
    return `${way} would keep ${kept} weights a lane in registers, at most ${MOST_KEPT}`;
  }
  const quads = largest(model, ({ units }) => units / 4);
  if (way === 'forward' || plan.lanes >= quads) return undefined;
  return `${way} has ${plan.lanes} lanes, but needs ${quads} to keep its weights in registers`;
}

/**
 * Checks a given plan.
 *
 * @param source where it comes from, for the error
 * @throws ConfigError if the adapter cannot run it for this model
 */
export function checkPlan(
  plan: KernelPlan,
  model: ModelConfig,
  traits: PlanTraits,
  source: string,
): void {
  const problem = planProblem(plan, model, traits);
  if (problem === undefined) return;
  throw new ConfigError(
    `${source}: ${problem}`,
    'Make a plan for this model and adapter with alstm tune, or run without one.',
  );
}
