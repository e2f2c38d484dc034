import { largest, type Answer } from '../inference/answer.js';
import type { Dataset } from '../data/dataset.js';
import { evaluate, type Evaluation } from './metrics.js';

/** Utterances of a dataset with a label of a task. */
export function labelledOf({ targets }: Dataset, task: string): number[] {
  const classes = targets[task] ?? new Int32Array();
  return [...classes.keys()].filter((i) => classes[i] !== -1);
}

/**
 * Scores of a model on the utterances of a dataset: what training chooses its best epoch by and what
 * `evaluate` prints. The prediction is the class of the highest probability, the first of several.
 *
 * @param rows the utterances, which have a label of the task
 * @param answers to each of them
 * @param head of the task, among the model's
 * @param labels of the task
 * @throws UsageError where there are none
 */
export function scoreAnswers(
  { targets }: Dataset,
  task: string,
  rows: readonly number[],
  answers: readonly Answer[],
  head: number,
  labels: readonly string[],
): Evaluation {
  const truth = rows.map((row) => targets[task]?.[row] ?? -1);
  const predicted = answers.map(({ probabilities }) => largest(probabilities[head] ?? []));
  return evaluate(truth, predicted, labels);
}
