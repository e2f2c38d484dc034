import { UsageError } from '../core/errors.js';
import { Random } from '../core/random.js';

/** Batches are sorted by length within pools of this many. */
const poolBatches = 20;

export interface SamplerOptions {
  /** Utterances of a batch. */
  readonly batchSize: number;
  readonly seed: number;
}

/**
 * The batches of one epoch, as indices of utterances: shuffled, sorted by length within pools of 20
 * batches (so that a batch holds utterances of similar length), then the batches shuffled. The last,
 * smaller batch is kept: every utterance appears once.
 *
 * Depends on the arguments alone, so training resumes at batch `b` of an epoch with
 * `epochBatches(...).slice(b)`.
 *
 * @param lengths frames of each utterance
 * @param epoch from 0
 * @throws UsageError for a batch size below 1
 */
export function epochBatches(
  lengths: ArrayLike<number>,
  { batchSize, seed }: SamplerOptions,
  epoch: number,
): number[][] {
  if (!Number.isSafeInteger(batchSize) || batchSize < 1) {
    throw new UsageError(`the batch size ${batchSize} is not usable`, 'Give an integer from 1 up.');
  }
  const random = new Random(seed, `sampler/${epoch}`);
  const order = random.shuffle(Array.from({ length: lengths.length }, (_, i) => i));
  const batches = chunks(order, poolBatches * batchSize).flatMap((pool) =>
    chunks(
      // The sort is stable: equal lengths stay shuffled.
      pool.sort((a, b) => (lengths[a] ?? 0) - (lengths[b] ?? 0)),
      batchSize,
    ),
  );
  return random.shuffle(batches);
}

/** Consecutive runs of `size`; the last may be shorter. */
function chunks<T>(values: readonly T[], size: number): T[][] {
  const count = Math.ceil(values.length / size);
  return Array.from({ length: count }, (_, i) => values.slice(i * size, (i + 1) * size));
}
