import type { ModelConfig } from '../core/config.js';
import { mainTask } from '../corpora/labels.js';
import type { FrameBatch, Inference } from '../session/types.js';
import { byUtterance } from '../features/normalise.js';
import { defaultFeatureSet } from '../features/sets/registry.js';
import { answer, type AnswerLimits } from '../inference/answer.js';
import type { Dataset } from '../data/dataset.js';
import { crossEntropy } from '../training/loss.js';
import { labelledOf, scoreAnswers } from './score.js';

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
  return mainTask(heads.map(({ task }) => task));
}

/**
 * Losses and scores of a model on a dataset, which has to have labels of the deciding task; all NaN where
 * an answer is not finite. The model is asked and scored as `evaluate` does it: an utterance over 30 s is
 * taken in windows, and its loss is that of the windows' mean probabilities.
 *
 * @param predict of a session
 * @param limits of the batches that it is asked
 */
export async function validate(
  model: ModelConfig,
  dataset: Dataset,
  predict: (batch: FrameBatch) => Promise<Inference>,
  limits?: AnswerLimits,
): Promise<ValidationScores> {
  const { scope } = dataset.normalisation ?? byUtterance;
  const { features, lengths, featureSet = defaultFeatureSet } = dataset;
  const options = { featureSet, scope, ...(limits && { limits }) };
  const answers = await answer(model, features, predict, options);
  const finite = answers.every(({ logits }) => logits.every((own) => own.every(Number.isFinite)));
  if (!finite) {
    const tasks = Object.fromEntries(model.heads.map(({ task }) => [task, NaN]));
    return { total: NaN, tasks, accuracy: NaN, maf: NaN, uar: NaN };
  }
  const losses = model.heads.map((head, h) => {
    const logits = new Float64Array(lengths.length * head.classes);
    answers.forEach((own, i) => logits.set(own.logits[h] ?? [], i * head.classes));
    const unlabelled = new Int32Array(lengths.length).fill(-1);
    return crossEntropy(head, logits, dataset.targets[head.task] ?? unlabelled);
  });
  const task = decidingTask(model);
  const decider = model.heads.findIndex((head) => head.task === task);
  const labels = Array.from({ length: model.heads[decider]?.classes ?? 0 }, (_, c) => String(c));
  const rows = labelledOf(dataset, task);
  const own = rows.map((row) => answers[row]!);
  const { accuracy, maf, uar } = scoreAnswers(dataset, task, rows, own, decider, labels);
  return {
    total: model.heads.reduce((sum, { weight }, h) => sum + weight * (losses[h] ?? 0), 0),
    tasks: Object.fromEntries(model.heads.map(({ task }, h) => [task, losses[h] ?? 0])),
    accuracy,
    maf,
    uar,
  };
}
