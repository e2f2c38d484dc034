import type { ModelConfig } from '../core/config.js';
import { ConfigError } from '../core/errors.js';
import { planProblem, type PlanTraits } from './check.js';
import type { KernelPlan, RecurrencePlan } from './plan.js';
import { leastLanes } from './slice-lanes.js';
import type { Way } from './workgroup-bytes.js';

/** The rows that recurrence kernels are written for, the most first. */
const rowsOf: Readonly<Record<Way, readonly number[]>> = {
  forward: [8, 4, 2, 1],
  backward: [8, 4, 2, 1],
};

/**
 * A plan that was made for another model, changed as little as possible so that the adapter can run it
 * for this one. Most need no change: lanes and slices may exceed the units. Where a larger model needs
 * more workgroup memory than there is, the recurrences get fewer units, rows or lanes.
 *
 * @throws ConfigError if that is not enough
 */
export function fitPlan(plan: KernelPlan, model: ModelConfig, traits: PlanTraits): KernelPlan {
  const problem = planProblem(plan, model, traits);
  if (problem === undefined) return plan;
  const [ahead, back] = [smaller('forward', plan.forward), smaller('backward', plan.backward)];
  const found = ahead
    .flatMap((forward, i) => back.map((backward, j) => ({ forward, backward, changes: i + j })))
    .sort((a, b) => a.changes - b.changes)
    .map(({ forward, backward }) => ({ ...plan, forward, backward }))
    .find((own) => planProblem(own, model, traits) === undefined);
  if (found !== undefined) return found;
  throw new ConfigError(
    `the adapter cannot run the plan for this model: ${problem}`,
    'Make a plan for this adapter with alstm tune.',
  );
}

/** A recurrence's own plan, then smaller ones: half the units of a slice, fewer rows, half the lanes. */
function smaller(way: Way, plan: RecurrencePlan): RecurrencePlan[] {
  if (plan.variant === 'persistent') {
    const rows = rowsOf[way].filter((own) => own <= plan.rows);
    return halves(plan.lanes).flatMap((lanes) =>
      rows.map((own) => ({ ...plan, rows: own, lanes })),
    );
  }
  return halves(plan.rows)
    .filter((rows) => rows % 4 === 0)
    .flatMap((rows) =>
      halves(plan.units).flatMap((units) =>
        halves(plan.lanes)
          .map((lanes) => ({ ...plan, rows, units, lanes }))
          .filter((own) => own.lanes >= leastLanes(own)),
      ),
    );
}

/** A number, its half, and so on down to 1. */
function halves(most: number): number[] {
  return most <= 1 ? [1] : [most, ...halves(Math.floor(most / 2))];
}
