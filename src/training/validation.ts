import type { ModelConfig } from '../core/config.js';
import type { FrameBatch, Inference } from '../engine/types.js';
import { batchOf, type Dataset } from './dataset.js';
import { crossEntropy } from './loss.js';
import { evaluate as score } from './metrics.js';

/** What an epoch's log says of the validation side. */
export interface ValidationScores {
  /** Weighted sum of the tasks' losses. */
  readonly total: number;
  /** Mean cross-entropy over the labelled utterances, by task. */
  readonly tasks: Readonly<Record<string, number>>;
  /** Of the deciding task, emotion where the model has it. */
  readonly accuracy: number;
  readonly maf: number;
  readonly uar: number;
}

/** The task that early stopping looks at: emotion, or else the first head's. */
export function decidingTask({ heads }: ModelConfig): string {
  const named = heads.find(({ task }) => task === 'emotion') ?? heads[0];
  return named?.task ?? 'emotion';
}

/**
 * Losses and scores of a model on a dataset, which has to have labels of the deciding task; all NaN where
 * a logit is not finite.
 *
 * @param predict of a session: the dataset comes in batches, the longest utterances first
 */
export async function validate(
  model: ModelConfig,
  dataset: Dataset,
  batchSize: number,
  predict: (batch: FrameBatch) => Promise<Inference>,
): Promise<ValidationScores> {
  const N = dataset.lengths.length;
  const logits = model.heads.map(({ classes }) => new Float32Array(N * classes));
  for (const rows of batchesByLength(dataset.lengths, batchSize)) {
    const result = await predict(batchOf(dataset, rows));
    model.heads.forEach(({ task, classes: C }, h) => {
      const own = result.logits[task] ?? new Float32Array();
      rows.forEach((row, r) => logits[h]?.set(own.subarray(r * C, (r + 1) * C), row * C));
    });
  }
  const unlabelled = new Int32Array(N).fill(-1);
  const targetsOf = (task: string): Int32Array => dataset.targets[task] ?? unlabelled;
  if (!logits.every((own) => own.every((value) => Number.isFinite(value)))) {
    const tasks = Object.fromEntries(model.heads.map(({ task }) => [task, NaN]));
    return { total: NaN, tasks, accuracy: NaN, maf: NaN, uar: NaN };
  }
  const losses = model.heads.map((head, h) =>
    crossEntropy(head, logits[h] ?? new Float32Array(), targetsOf(head.task)),
  );
  const task = decidingTask(model);
  const decider = model.heads.findIndex((head) => head.task === task);
  const classes = model.heads[decider]?.classes ?? 0;
  const predicted = largestOf(logits[decider] ?? new Float32Array(), classes);
  const labels = Array.from({ length: classes }, (_, c) => String(c));
  const { accuracy, maf, uar } = score(targetsOf(task), predicted, labels);
  return {
    total: model.heads.reduce((sum, { weight }, h) => sum + weight * (losses[h] ?? 0), 0),
    tasks: Object.fromEntries(model.heads.map(({ task }, h) => [task, losses[h] ?? 0])),
    accuracy,
    maf,
    uar,
  };
}

/** Batches of like length, the longest first, so that later ones fit what the first has made. */
export function batchesByLength(lengths: Int32Array, batchSize: number): number[][] {
  const order = [...lengths.keys()].sort((a, b) => (lengths[b] ?? 0) - (lengths[a] ?? 0));
  const count = Math.ceil(order.length / batchSize);
  return Array.from({ length: count }, (_, i) => order.slice(i * batchSize, (i + 1) * batchSize));
}

/** Column of the largest value in each row of [N, C]; the first of several. */
function largestOf(values: Float32Array, C: number): Int32Array {
  return Int32Array.from({ length: values.length / C }, (_, row) => {
    const own = values.subarray(row * C, (row + 1) * C);
    return own.indexOf(own.reduce((most, x) => Math.max(most, x), -Infinity));
  });
}
