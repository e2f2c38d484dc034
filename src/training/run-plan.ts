import type { Engine } from '../gpu/engine.js';
import type { BatchCapacity } from '../network/context.js';
import { choosePlan, type KernelPlan } from '../network/plan.js';
import { checkPlan } from '../network/plan-problem.js';
import { planText } from '../tuning/parts.js';
import { settlePlan } from '../tuning/settle.js';
import { planTraits } from '../tuning/tune.js';
import type { Prepared, RunOptions } from './prepare.js';

/**
 * The plan that a run computes with here: one that was given, its own where it goes on as it was
 * begun, or else one that is chosen for the adapter. Tells which, in one line.
 *
 * @throws ConfigError for a plan that the adapter cannot run, or units that fit none; DeviceLostError
 */
export async function runPlan(
  { engine, files, tuning, log, ...options }: RunOptions,
  { begun, plan: own, precision }: Prepared,
  capacity: BatchCapacity,
): Promise<KernelPlan> {
  const { model, training } = begun;
  const given = options.plan ?? own;
  if (given !== undefined) {
    const origin = options.plan === undefined ? "the run's own" : 'as given';
    checkPlan(given, model, planTraits(engine.gpu), `kernel plan (${origin})`);
    return told(given, origin, log);
  }
  if (tuning === undefined) return told(byRules(engine, model, precision), 'by rules', log);
  const mostBytes = training.memoryBudget || undefined;
  const how = { tuning, files, capacity, precision, mostBytes, log };
  const { plan, origin } = await settlePlan(engine, model, how);
  return told(plan, origin, log);
}

function byRules(
  { gpu }: Engine,
  model: Prepared['begun']['model'],
  precision: Prepared['precision'],
): KernelPlan {
  return choosePlan(model, planTraits(gpu), precision);
}

function told(plan: KernelPlan, origin: string, log: RunOptions['log']): KernelPlan {
  log?.(`kernel plan, ${origin}: ${planText(plan)}`);
  return plan;
}
