import { UsageError } from '../core/errors.js';
import { Random } from '../core/random.js';

/** Batches are sorted by length within pools of this many. */
const poolBatches = 20;

export interface SamplerOptions {
  /** Utterances of a batch. */
  readonly batchSize: number;
  readonly seed: number;
  /**
   * Class of each utterance, negative where unlabelled: then utterances are drawn with replacement, all classes
   * equally likely, unlabelled ones as often as there are of them.
   */
  readonly classes?: ArrayLike<number> | undefined;
}

/**
 * The batches of one epoch, as indices of utterances: shuffled, sorted by length within pools of 20
 * batches (so that a batch holds utterances of similar length), then the batches shuffled. The last,
 * smaller batch is kept: every utterance appears once, unless they are drawn by class.
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
  { batchSize, seed, classes }: SamplerOptions,
  epoch: number,
): number[][] {
  if (!Number.isSafeInteger(batchSize) || batchSize < 1) {
    throw new UsageError(`the batch size ${batchSize} is not usable`, 'Give an integer from 1 up.');
  }
  const random = new Random(seed, `sampler/${epoch}`);
  const order = classes
    ? drawByClass(classes, new Random(seed, `sampler/balanced/${epoch}`))
    : random.shuffle(Array.from({ length: lengths.length }, (_, i) => i));
  const batches = chunks(order, poolBatches * batchSize).flatMap((pool) =>
    chunks(
      // The sort is stable: equal lengths stay shuffled.
      pool.sort((a, b) => (lengths[a] ?? 0) - (lengths[b] ?? 0)),
      batchSize,
    ),
  );
  return random.shuffle(batches);
}

/**
 * As many utterances as there are, drawn with replacement: as PyTorch's WeightedRandomSampler with weights of one
 * over the size of an utterance's class.
 */
function drawByClass(classes: ArrayLike<number>, random: Random): number[] {
  const members = new Map<number, number[]>();
  for (let utterance = 0; utterance < classes.length; utterance++) {
    const label = classes[utterance] ?? -1;
    const group = label >= 0 ? label : -1;
    const known = members.get(group);
    if (known) known.push(utterance);
    else members.set(group, [utterance]);
  }
  const unlabelled = members.get(-1) ?? [];
  members.delete(-1);
  const groups = [...members.keys()].sort((a, b) => a - b).map((label) => members.get(label) ?? []);
  const pick = (from: readonly number[]): number => from[random.integer(from.length)] ?? 0;
  return Array.from({ length: classes.length }, () =>
    groups.length === 0 || random.integer(classes.length) < unlabelled.length
      ? pick(unlabelled)
      : pick(groups[random.integer(groups.length)] ?? []),
  );
}

/** Consecutive runs of `size`; the last may be shorter. */
function chunks<T>(values: readonly T[], size: number): T[][] {
  const count = Math.ceil(values.length / size);
  return Array.from({ length: count }, (_, i) => values.slice(i * size, (i + 1) * size));
}
