import type { ModelConfig, OptimizerConfig } from '../core/config.js';
import type { Gpu } from '../gpu/device.js';
import type { ParameterLayout } from '../network/layout.js';
import { layoutParameters } from '../network/parameters.js';
import type { KernelPlan } from '../plan/plan.js';
import { gradientProgram } from '../network/programs.js';
import { optimizerSlots } from '../network/update.js';
import type { Split } from './batch.js';
import { MemoryLimit } from './memory-limit.js';

/** Bytes that training holds, whatever the batch. */
export function trainingBytes(
  { size }: ParameterLayout,
  optimizer: OptimizerConfig,
  ema = 0,
): number {
  // parameters and their average, gradients, optimiser state; and the few small buffers of losses, norm and clipping
  return ((ema > 0 ? 3 : 2) + optimizerSlots(optimizer).length) * size * 4 + 1024;
}

/** What decides, besides adapter and batch, how training splits. */
export interface TrainingSplitOptions {
  readonly model: ModelConfig;
  readonly plan: KernelPlan;
  readonly optimizer: OptimizerConfig;
  /** Default: what the adapter binds. */
  readonly memoryBudget?: number | undefined;
}

/**
 * How a training session would split a batch, unless the device refuses memory: to
 * choose a plan for its steps or count their work.
 *
 * @throws AdapterError if not even the longest utterance fits
 */
export function trainingSplit(
  { limits }: Pick<Gpu, 'limits'>,
  { model, plan, optimizer, memoryBudget }: TrainingSplitOptions,
  lengths: Int32Array,
): Split {
  const fixed = trainingBytes(layoutParameters(model), optimizer);
  const limit = new MemoryLimit(
    limits,
    memoryBudget,
    () => fixed,
    (build, capacity) => build(model, plan, capacity),
    undefined,
  );
  return limit.split(gradientProgram, lengths);
}
