import type { BatchCapacity } from '../network/time.js';
import { choosePlan, type KernelPlan } from '../plan/plan.js';
import { checkPlan } from '../plan/check.js';
import { parsePlan } from '../plan/schema.js';
import { planText } from '../tuning/parts.js';
import { settlePlan } from '../tuning/settle.js';
import { planTraits } from '../session/plan-traits.js';
import { checkResidency } from '../session/residency.js';
import type { Prepared, RunOptions } from './prepare.js';

/**
 * The kernel plan of a run on this machine: the one given, else the run's own when it resumes on the same
 * machine, else one chosen for the adapter. Logs which, in one line, if `tuning` is given.
 *
 * @throws ConfigError for a plan that the adapter cannot run, or units that no plan fits; DeviceLostError
 */
export async function runPlan(
  { engine, files, tuning, log, ...options }: RunOptions,
  { begun, plan: own, precision }: Prepared,
  capacity: BatchCapacity,
): Promise<KernelPlan> {
  const { model, training } = begun;
  const traits = planTraits(engine.gpu);
  const tell = (plan: KernelPlan, origin: string): KernelPlan => {
    if (tuning !== undefined) log?.(`kernel plan, ${origin}: ${planText(plan)}`);
    // as it will be read from config.json: a run that is resumed writes the same bytes
    return parsePlan(plan, origin);
  };
  const given = options.plan ?? own;
  if (given !== undefined) {
    const origin = options.plan === undefined ? "the run's own" : 'as given';
    checkPlan(given, model, traits, `kernel plan (${origin})`);
    await checkResidency(engine, model, given, capacity.utterances, `kernel plan (${origin})`);
    return tell(given, origin);
  }
  if (tuning === undefined) return tell(choosePlan(model, traits, precision), 'by rules');
  const { optimizer } = training;
  const memoryBudget = training.memoryBudget || undefined;
  const how = { tuning, files, capacity, precision, memoryBudget, optimizer, log };
  const { plan, origin } = await settlePlan(engine, model, how);
  return tell(plan, origin);
}
