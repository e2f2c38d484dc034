/**
 * Whole steps judge between plans whose kernels take different work of the host: a recurrence of a thousand
 * dispatches may be fast on the device and still hold a step up.
 */
import { stableJson } from '../core/json.js';
import type { KernelPlan } from '../plan/plan.js';
import { partValue, type Part } from './parts.js';
import type { Trial, TrialBench } from './trial.js';

/** Parts that decide how many dispatches a step has. */
export const judgedBySteps: readonly Part[] = ['forward', 'backward', 'stepsPerDispatch'];

/** A plan, and the time of a part's passes. */
export interface Contender {
  readonly plan: KernelPlan;
  readonly ms: number;
}

/** A plan, and the time of a whole step with it; Infinity if it failed. */
export interface StepTime {
  readonly plan: KernelPlan;
  readonly stepMs: number;
}

export interface StepOptions {
  readonly bench: TrialBench;
  /** Throws once the device is unusable. */
  readonly check?: (() => void) | undefined;
}

/** Every plan is timed so often, in turns: other work on the machine only adds time. */
const ROUNDS = 2;
/** The last comparison may throw away all that was found: it is made more often. */
export const FINAL_ROUNDS = 4;
/** Steps that differ by less are alike. */
export const STEP_MARGIN = 0.01;
/** Most candidates to time by whole steps. */
const MOST_FINALISTS = 3;
/** A candidate whose passes take this many times the fastest's, and longer than what there was, is none. */
const FAR_BEHIND = 2;

/** Whole steps of each plan, in the order given: the fastest of the rounds. */
export async function timeSteps(
  plans: readonly KernelPlan[],
  options: StepOptions,
  rounds = ROUNDS,
): Promise<StepTime[]> {
  const times = plans.map(() => [] as number[]);
  for (let round = 0; round < rounds; round++) {
    for (const [i, plan] of plans.entries()) times[i]?.push(await timeStep(plan, options));
  }
  // one failure is enough
  return plans.map((plan, i) => {
    const own = times[i] ?? [];
    return { plan, stepMs: own.every(Number.isFinite) ? Math.min(...own) : Infinity };
  });
}

async function timeStep(plan: KernelPlan, { bench, check }: StepOptions): Promise<number> {
  let trial: Trial | undefined;
  try {
    trial = await bench.open(plan);
    return await trial.step();
  } catch {
    check?.();
    return Infinity;
  } finally {
    trial?.close();
  }
}

/** The plans whose steps are as fast as the fastest one's. */
export function fastestSteps(times: readonly StepTime[]): ReadonlySet<KernelPlan> {
  const least = Math.min(...times.map(({ stepMs }) => stepMs));
  return new Set(
    times.filter(({ stepMs }) => stepMs <= (1 + STEP_MARGIN) * least).map(({ plan }) => plan),
  );
}

/**
 * Those of a part's candidates that are worth whole steps: the fastest of each kind, since those of one kind
 * take the same work of the host.
 */
export function finalists(part: Part, was: Contender, tried: readonly Contender[]): Contender[] {
  const kinds = new Map<string, Contender>();
  const kindOf = ({ plan }: Contender): string => {
    const value = partValue(part, plan);
    return typeof value === 'number' ? stableJson(value) : value.variant;
  };
  for (const own of tried) {
    const kind = kindOf(own);
    if (own.ms < (kinds.get(kind)?.ms ?? Infinity)) kinds.set(kind, own);
  }
  const sorted = [...kinds.values()].sort((a, b) => a.ms - b.ms);
  const far = Math.max(was.ms, FAR_BEHIND * (sorted[0]?.ms ?? 0));
  return sorted.filter(({ ms }) => ms <= far).slice(0, MOST_FINALISTS);
}
