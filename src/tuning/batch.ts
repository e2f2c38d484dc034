import type { ModelConfig } from '../core/config.js';
import { AdapterError, DispatchSizeError } from '../core/errors.js';
import { Random } from '../core/random.js';
import { BatchPacker, sizeOf, type PackedBatch } from '../engine/batch.js';
import type { Gpu } from '../gpu/device.js';
import type { BatchCapacity } from '../network/context.js';
import type { KernelPlan } from '../network/plan.js';
import { gradientProgram } from '../network/programs.js';

/** A made-up batch that plans are timed with. */
export interface TrialBatch {
  readonly packed: PackedBatch;
  /** Classes by head, in their order: [heads][utterances]. */
  readonly targets: readonly Int32Array[];
}

/** Lengths of a batch of a capacity: one utterance of the longest, the rest alike. */
function lengthsOf({ frames, utterances, longest }: BatchCapacity): Int32Array {
  const rest = Math.floor((frames - longest) / Math.max(1, utterances - 1));
  const other = Math.max(1, Math.min(longest, rest));
  return Int32Array.from({ length: utterances }, (_, row) => (row === 0 ? longest : other));
}

/** Random frames and labels; every head has a label for every utterance. */
export function trialBatch(model: ModelConfig, capacity: BatchCapacity, seed: number): TrialBatch {
  const random = new Random(seed, 'tuning/batch');
  const lengths = lengthsOf(capacity);
  const frames = lengths.reduce((a, b) => a + b, 0);
  const features = Float32Array.from({ length: frames * model.features }, () => random.normal());
  const rows = [...lengths.keys()];
  return {
    packed: new BatchPacker().pack(
      model,
      { features, lengths, utterances: Uint32Array.from(rows) },
      rows,
    ),
    targets: model.heads.map(({ classes }) =>
      Int32Array.from(lengths, () => random.integer(classes)),
    ),
  };
}

/**
 * The part of a batch that fits the adapter whole, as training splits it: halves of halves.
 *
 * @throws AdapterError where not even one utterance fits
 */
export function fittingCapacity(
  { limits }: Pick<Gpu, 'limits'>,
  model: ModelConfig,
  plan: KernelPlan,
  capacity: BatchCapacity,
  mostBytes = Infinity,
): BatchCapacity {
  const { maxBufferSize, maxStorageBufferBindingSize } = limits;
  const most = Math.min(maxBufferSize, maxStorageBufferBindingSize);
  for (let { utterances } = capacity; ; utterances = Math.ceil(utterances / 2)) {
    const size = sizeOfRows(capacity, utterances);
    if (fits(model, plan, size, most, mostBytes)) return size;
    if (utterances > 1) continue;
    throw new AdapterError(
      `an utterance of ${capacity.longest} frames does not fit the adapter`,
      'use fewer units or shorter recordings',
    );
  }
}

function sizeOfRows(capacity: BatchCapacity, utterances: number): BatchCapacity {
  const lengths = lengthsOf(capacity);
  return sizeOf(lengths, [...lengths.keys()].slice(0, utterances));
}

function fits(
  model: ModelConfig,
  plan: KernelPlan,
  size: BatchCapacity,
  mostOfBuffer: number,
  mostBytes: number,
): boolean {
  try {
    const { buffers, bytes } = gradientProgram(model, plan, size);
    return bytes <= mostBytes && buffers.every((buffer) => buffer.bytes <= mostOfBuffer);
  } catch (error) {
    if (error instanceof DispatchSizeError) return false; // more workgroups than WebGPU dispatches
    throw error;
  }
}
