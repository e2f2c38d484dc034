import type { ModelConfig } from '../core/config.js';
import { isRegression, meanLabelled } from '../core/heads.js';
import { threefry2x32 } from '../core/random.js';
import type { Executable } from '../gpu/executable.js';
import type { Scalars } from '../graph/types.js';
import { headKindOf } from '../network/heads/index.js';
import { allDropoutLayers } from '../network/layers/index.js';
import type { Cut } from './augment.js';
import type { TrainingBatch } from './types.js';

/** The microbatches of a step and their program. */
export interface StepSplit {
  readonly scalars: Scalars;
  readonly microbatches: readonly (readonly number[])[];
  readonly executable: Executable;
  /** How rows are augmented; absent: not. */
  readonly cuts?: readonly Cut[];
}

/**
 * Scalars of a step, computed over the whole batch even if it is split: loss normalisers (PyTorch's mean reduction),
 * mean targets of regression heads, and dropout streams.
 *
 * @param step from 0
 */
export function stepScalars(
  model: ModelConfig,
  batch: TrainingBatch,
  seed: number,
  step: number,
): Record<string, number> {
  const scalars: Record<string, number> = {};
  model.heads.forEach((head, index) => {
    const { weightOf } = headKindOf(head);
    const targets = batch.targets[head.task] ?? [];
    let norm = 0;
    for (const target of targets) norm += weightOf(head, target);
    scalars[`inverse_norm_${index}`] = norm > 0 ? 1 / norm : 0;
    if (isRegression(head)) scalars[`target_mean_${index}`] = meanLabelled(targets) ?? 0;
  });
  const layers = allDropoutLayers(model);
  for (let layer = 0; layer < layers; layer++) {
    const [a, b] = threefry2x32(seed, layer, step, 0);
    scalars[`dropout_${layer}_0`] = a;
    scalars[`dropout_${layer}_1`] = b;
  }
  return scalars;
}
