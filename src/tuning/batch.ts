import type { ModelConfig } from '../core/config.js';
import { isRegression } from '../core/heads.js';
import { Random } from '../core/random.js';
import { functionalCount } from '../core/functionals.js';
import {
  BatchPacker,
  lengthsOf,
  sizeOf,
  takesFunctionals,
  type PackedBatch,
} from '../session/batch.js';
import { trainingSplit, type TrainingSplitOptions } from '../session/training-split.js';
import type { Gpu } from '../gpu/device.js';
import type { BatchCapacity } from '../network/time.js';

/** A random batch for timing plans. */
export interface TrialBatch {
  readonly packed: PackedBatch;
  /** Classes or numbers by head, in their order: [heads][utterances]. */
  readonly targets: readonly (Int32Array | Float32Array)[];
}

/** Random frames and labels; every head has a label for every utterance. */
export function trialBatch(model: ModelConfig, capacity: BatchCapacity, seed: number): TrialBatch {
  const random = new Random(seed, 'tuning/batch');
  const lengths = lengthsOf(capacity);
  const frames = lengths.reduce((a, b) => a + b, 0);
  const features = Float32Array.from({ length: frames * model.features }, () => random.normal());
  const rows = [...lengths.keys()];
  const each = takesFunctionals(model) ? functionalCount(model.features) : 0;
  const functionals = Float32Array.from({ length: rows.length * each }, () => random.normal());
  return {
    packed: new BatchPacker().pack(
      model,
      { features, lengths, functionals, utterances: Uint32Array.from(rows) },
      rows,
    ),
    targets: model.heads.map((head) =>
      isRegression(head)
        ? Float32Array.from(lengths, () => random.normal())
        : Int32Array.from(lengths, () => random.integer(head.classes)),
    ),
  };
}

/**
 * The microbatch with the most frames when training splits a batch.
 *
 * @throws AdapterError if not even one utterance fits
 */
export function largestMicrobatch(
  gpu: Pick<Gpu, 'limits'>,
  options: TrainingSplitOptions,
  capacity: BatchCapacity,
): BatchCapacity {
  const lengths = lengthsOf(capacity);
  const { microbatches } = trainingSplit(gpu, options, lengths);
  const sizes = microbatches.map((rows) => sizeOf(lengths, rows));
  return sizes.reduce((most, size) => (size.frames > most.frames ? size : most));
}
