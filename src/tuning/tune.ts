import type { ModelConfig, OptimizerConfig } from '../core/config.js';
import type { StopSignal } from '../core/host-types.js';
import { planTraits } from '../session/plan-traits.js';
import type { Engine } from '../gpu/engine.js';
import type { BatchCapacity } from '../network/time.js';
import { choosePlan, type KernelPlan, type Precision } from '../plan/plan.js';
import { largestMicrobatch } from './batch.js';
import { candidatesFor, type Candidates } from './candidates.js';
import { byCost, partCost, quickMachine } from './cost.js';
import type { Part } from './parts.js';
import { Predictions, rankCorrelations, type PredictedTiming } from './predicted.js';
import { search, type OnCandidate, type StepTiming } from './search.js';
import { DeviceTrials } from './trial.js';

/** For which batches kernels are timed, and for how long. */
export interface TuneOptions {
  /** The size of the batches in training; if the adapter has to split them, the microbatches are tuned for. */
  readonly capacity: BatchCapacity;
  /** Default f32. */
  readonly precision?: Precision | undefined;
  /** Also try recurrences whose workgroups wait for each other. Default: not. */
  readonly cooperative?: boolean | undefined;
  /** Default: 20 s on a GPU, 60 s on a software adapter, which compiles for longer. */
  readonly budgetMs?: number | undefined;
  /** Most bytes of GPU buffers in training. */
  readonly memoryBudget?: number | undefined;
  /** Optimiser of the training, whose state needs memory. Default: Adam. */
  readonly optimizer?: OptimizerConfig | undefined;
  /** Called with one line per part that says what was chosen. */
  readonly log?: ((line: string) => void) | undefined;
  readonly onCandidate?: OnCandidate | undefined;
  /** Once aborted, no further candidate is tried. */
  readonly signal?: StopSignal | undefined;
  /** Default: candidatesFor the adapter. */
  readonly candidates?: Candidates | undefined;
}

/** What tuning found, with all that it timed. */
export interface Tuned {
  readonly plan: KernelPlan;
  /** Of every candidate that was tried, in order; the first of a part is the rules' choice. */
  readonly timings: readonly PredictedTiming[];
  /** By part: how well the cost model's predictions order what was timed (predicted.ts). */
  readonly correlations: Readonly<Partial<Record<Part, number>>>;
  /** Whole steps: of the fastest recurrences of each kind, and of the first plan and the one found. */
  readonly steps: readonly StepTiming[];
  /** Candidates not tried for lack of time. */
  readonly untried: number;
  /** The batch that they were timed with. */
  readonly capacity: BatchCapacity;
  readonly seconds: number;
}

const adam: OptimizerConfig = { name: 'adam', beta1: 0.9, beta2: 0.999, eps: 1e-8 };

export const GPU_BUDGET_MS = 20_000;
export const SOFTWARE_BUDGET_MS = 60_000;

/**
 * Picks the variants and tile sizes of a model's kernels by timing them on the current adapter, in
 * training with random batches. It starts from the plan of the rules, and each candidate's gradients
 * have to match that plan's. Whole steps, the host's work included, decide between recurrences.
 *
 * Plans differ in the order of summation: only runs with the same plan are bit-identical.
 *
 * @example
 * const { plan } = await tune(engine, trained.model, {
 *   capacity: { utterances: 32, longest: 300, frames: 9600 },
 * });
 * await files.write('plan.json', JSON.stringify(plan));
 *
 * @throws ConfigError as choosePlan; AdapterError if not even the plan of the rules can be run;
 *   DeviceLostError
 */
export async function tune(
  engine: Engine,
  model: ModelConfig,
  options: TuneOptions,
): Promise<Tuned> {
  const { gpu } = engine;
  const { precision, cooperative = false, log, onCandidate, signal } = options;
  const { memoryBudget, optimizer = adam } = options;
  const began = performance.now();
  const traits = planTraits(gpu);
  const start = choosePlan(model, traits, precision);
  const capacity = largestMicrobatch(
    gpu,
    { model, plan: start, optimizer, memoryBudget },
    options.capacity,
  );
  const usual = gpu.adapter.software ? SOFTWARE_BUDGET_MS : GPU_BUDGET_MS;
  const bench = new DeviceTrials(engine, model, capacity);
  const predictions = new Predictions();
  try {
    const cost = partCost(await quickMachine(gpu), model, capacity);
    const all = options.candidates ?? candidatesFor(model, traits, cooperative);
    const found = await search(start, {
      bench,
      candidates: byCost(all, cost, (...own) => predictions.add(...own)),
      budgetMs: options.budgetMs ?? usual,
      log,
      onCandidate,
      signal,
      check: () => gpu.check(),
    });
    const timings = predictions.beside(found.timings);
    const correlations = rankCorrelations(timings);
    const seconds = (performance.now() - began) / 1000;
    return { ...found, timings, correlations, capacity, seconds };
  } finally {
    bench.close();
  }
}
