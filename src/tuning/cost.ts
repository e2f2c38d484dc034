/** What the cost model says of the candidates of a search. */
import type { ModelConfig } from '../core/config.js';
import { predictPass } from '../cost/predict.js';
import type { Machine } from '../cost/machine.js';
import { machineOf, someCard } from '../cost/machines.js';
import type { Gpu } from '../gpu/device.js';
import { capacityScalars } from '../network/scalars.js';
import type { BatchCapacity } from '../network/time.js';
import { gradientProgram } from '../network/programs.js';
import type { KernelPlan } from '../plan/plan.js';
import type { Candidates } from './candidates.js';
import { parts, passesOf, type Part } from './parts.js';
import { measureCeilings } from './probes.js';

/** Milliseconds that a part of a plan's step is predicted to take. */
export type PartCost = (part: Part, plan: KernelPlan) => number;

/** Steps of time that stand for all of a long utterance where each is a dispatch: 700 passes take long to build. */
const FEW_STEPS = 20;

/** Predictions for a model and size of batch on a machine. */
export function partCost(machine: Machine, model: ModelConfig, capacity: BatchCapacity): PartCost {
  return (part, plan) => {
    const own = onlyPart(part, plan);
    const { longest, utterances } = capacity;
    const stepwise = own.forward.variant === 'steps' || own.backward.variant === 'steps';
    const steps = stepwise ? Math.min(longest, FEW_STEPS) : longest;
    const share = steps / longest;
    const frames = Math.max(utterances, Math.floor(share * capacity.frames));
    const size = { frames, utterances, longest: steps };
    const program = gradientProgram(model, own, size);
    const scalars = capacityScalars(model, size);
    const ms = passesOf(part, program).reduce((sum, index) => {
      const pass = program.passes[index];
      return sum + (pass ? (predictPass(machine, pass, scalars)?.ms ?? 0) : 0);
    }, 0);
    return ms / share;
  };
}

/** The plan with recurrences of few passes where a part's time does not depend on them. */
function onlyPart(part: Part, plan: KernelPlan): KernelPlan {
  if (part === 'stepsPerDispatch') return plan;
  const short = { variant: 'persistent', rows: 4, lanes: 64, block: 1, unroll: true } as const;
  return {
    ...plan,
    forward: part === 'forward' ? plan.forward : short,
    backward: part === 'backward' ? plan.backward : short,
  };
}

/** Called with what each candidate, and the plan that it differs from, is predicted to take. */
export type OnCost = (part: Part, plan: KernelPlan, ms: number) => void;

/** Predictions that differ by less are alike: the order in which candidates are listed knows more. */
const ALIKE = 1.15;

/** The same candidates, those predicted to be fastest first; those alike keep their order. */
export function byCost(candidates: Candidates, cost: PartCost, told?: OnCost): Candidates {
  return (part, plan) => {
    const costOf = (own: KernelPlan) => {
      try {
        const ms = cost(part, own);
        told?.(part, own, ms);
        return { own, ms };
      } catch {
        return { own, ms: Infinity }; // no graph can be built of it: the search will say why
      }
    };
    costOf(plan);
    const all = candidates(part, plan).map(costOf);
    const least = Math.min(...all.map(({ ms }) => ms));
    const rank = (ms: number) => Math.floor(Math.log(ms / least) / Math.log(ALIKE));
    const ranked = all.map(({ own, ms }) => ({ own, rank: Number.isFinite(ms) ? rank(ms) : ms }));
    return ranked.sort((a, b) => (a.rank === b.rank ? 0 : a.rank - b.rank)).map(({ own }) => own);
  };
}

/** The plan that is predicted to be fastest, part by part as the search goes. */
export function cheapestPlan(
  start: KernelPlan,
  candidates: Candidates,
  cost: PartCost,
): KernelPlan {
  return parts.reduce((plan, part) => {
    const all = [plan, ...candidates(part, plan)].map((own) => ({ own, ms: cost(part, own) }));
    return all.reduce((best, own) => (own.ms < best.ms ? own : best)).own;
  }, start);
}

/**
 * The adapter as the cost model knows it: software adapters as they were measured once, a graphics card by
 * micro-benchmarks, which take less than a second.
 */
export async function quickMachine(gpu: Gpu): Promise<Machine> {
  const { kind, software } = gpu.adapter;
  const known = machineOf(kind);
  if (software) return known;
  try {
    const ceilings = await measureCeilings(gpu, known.width);
    return { ...known, ...ceilings, ...cachesOf(ceilings) };
  } catch {
    gpu.check(); // a lost device is no matter of order
    return someCard;
  }
}

/** Caches are not measured: 64 bytes a clock for each processor, and five times the memory's rate for all. */
function cachesOf({
  gflops,
  processors,
  copyGBPerSecond,
}: Pick<Machine, 'gflops' | 'processors' | 'copyGBPerSecond'>) {
  return {
    readGBPerSecond: gflops / processors / 4, // 2 x 128 operations a clock
    cacheGBPerSecond: 5 * copyGBPerSecond,
  };
}
