import type { ModelConfig, OptimizerConfig } from '../core/config.js';
import { AlstmError, messageOf } from '../core/errors.js';
import type { Files } from '../core/files.js';
import type { Engine } from '../gpu/engine.js';
import type { BatchCapacity } from '../network/time.js';
import { choosePlan, type KernelPlan, type Precision } from '../plan/plan.js';
import { planProblem } from '../plan/check.js';
import { PlanCache, planKey } from './plan-cache.js';
import { planTraits } from '../session/plan-traits.js';
import { residencyProblem } from '../session/residency.js';
import { tune, type TuneOptions } from './tune.js';

/** Whether plans are tuned: only on a GPU, on every adapter, or never. */
export type TuneMode = 'gpu' | 'always' | 'never';

/** How plans are chosen if none is given. */
export interface Tuning extends Pick<
  TuneOptions,
  'cooperative' | 'budgetMs' | 'onCandidate' | 'candidates' | 'signal'
> {
  readonly mode: TuneMode;
  /** Folder for files that can be recreated: choices are stored there. */
  readonly cache: string;
}

/** For which batches a plan is chosen, and how. */
export interface SettleOptions {
  readonly tuning: Tuning;
  readonly files: Files;
  readonly capacity: BatchCapacity;
  readonly precision?: Precision | undefined;
  /** @see TuneOptions */
  readonly memoryBudget?: number | undefined;
  readonly optimizer?: OptimizerConfig | undefined;
  readonly log?: ((line: string) => void) | undefined;
}

/** A kernel plan, and how it was found. */
export interface SettledPlan {
  readonly plan: KernelPlan;
  readonly chosen: 'rules' | 'cached' | 'tuned';
  /** Where it comes from, in a few words. */
  readonly origin: string;
}

/**
 * The plan for a model if none is given: from the cache, tuned, or by rules.
 *
 * @example
 * const tuning = { mode: 'gpu', cache: userCacheFolder() } as const;
 * const capacity = { utterances: 32, longest: 300, frames: 9600 };
 * const { plan } = await settlePlan(engine, trained.model, { files, tuning, capacity });
 *
 * @throws ConfigError as choosePlan; DeviceLostError
 */
export async function settlePlan(
  engine: Engine,
  model: ModelConfig,
  options: SettleOptions,
): Promise<SettledPlan> {
  const { tuning, files, capacity, precision = 'f32', log } = options;
  const { memoryBudget, optimizer } = options;
  const { gpu } = engine;
  const { adapter } = gpu;
  const traits = planTraits(gpu);
  const rules = choosePlan(model, traits, precision);
  const tunes = tuning.mode === 'always' || (tuning.mode === 'gpu' && !adapter.software);
  // a precision that the adapter lacks is refused when the plan is used
  if (!tunes || planProblem(rules, model, traits) !== undefined) {
    return {
      plan: rules,
      chosen: 'rules',
      origin: `by rules for a ${adapter.software ? 'software adapter' : 'GPU'}`,
    };
  }
  const cache = new PlanCache(files, tuning.cache, (line) => log?.(`warning: ${line}`));
  const key = planKey(adapter, model, capacity, precision, tuning.cooperative ?? false);
  const known = await cache.get(key);
  if (
    known !== undefined &&
    planProblem(known, model, traits) === undefined &&
    (await residencyProblem(engine, model, known, capacity.utterances)) === undefined
  ) {
    return { plan: known, chosen: 'cached', origin: `tuned before, ${await cache.pathOf(key)}` };
  }
  try {
    const found = await tune(engine, model, {
      ...tuning,
      ...{ capacity, precision, memoryBudget, optimizer, log },
    });
    // an aborted search is not a choice
    const whole = !tuning.signal?.aborted;
    const path = whole ? await cache.put(key, found.plan, found.timings) : undefined;
    const kept = path === undefined ? '' : `, ${path}`;
    const origin = `tuned in ${found.seconds.toFixed(1)} s${kept}`;
    return { plan: found.plan, chosen: 'tuned', origin };
  } catch (error) {
    gpu.check();
    if (!(error instanceof AlstmError)) throw error;
    log?.(`warning: the plan could not be tuned: ${messageOf(error)}`);
    return { plan: rules, chosen: 'rules', origin: 'by rules' };
  }
}
