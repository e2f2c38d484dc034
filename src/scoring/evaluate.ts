import { UsageError } from '../core/errors.js';
import { nameList } from '../core/names.js';
import { checkFeatures } from '../inference/checks.js';
import type { Predictor } from '../inference/predictor.js';
import { refuseOtherFeatures, refuseOtherNormalisation, type Dataset } from '../data/dataset.js';
import type { Evaluation } from './metrics.js';
import { labelledOf, scoreAnswers } from './score.js';

export interface EvaluateOptions {
  /** Default: emotion. */
  readonly task?: string | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/**
 * Scores a model on a dataset: the object that `evaluate --json` prints (SPEC section 4). Utterances
 * over 30 s are predicted in windows, as Predictor does, and as the validation of training does.
 *
 * @param dataset made with the labels, the feature set and the normalisation of the predictor's model
 * @throws UsageError where its features are others or were normalised otherwise, the model has no head for the task, or no utterance has a label of it
 */
export async function evaluate(
  predictor: Predictor,
  dataset: Dataset,
  { task = 'emotion', onProgress }: EvaluateOptions = {},
): Promise<Evaluation> {
  const labels = predictor.labels[task];
  if (labels === undefined) {
    throw new UsageError(
      `the model has no head for the task "${task}"`,
      `It has ${nameList(Object.keys(predictor.labels))}.`,
    );
  }
  refuseOtherFeatures(dataset, predictor.featureSet);
  refuseOtherNormalisation(dataset, predictor.normalisation);
  const rows = labelledOf(dataset, task);
  if (rows.length === 0) {
    throw new UsageError(
      `no utterance has a label for the task "${task}"`,
      'Give utterances with labels that the model knows.',
    );
  }
  const features = rows.map((row) => dataset.features[row] ?? new Float32Array());
  const { dimensions } = predictor.featureSet;
  features.forEach((matrix, i) =>
    checkFeatures(matrix, dimensions, dataset.paths[rows[i] ?? 0] ?? ''),
  );
  const answers = await predictor.answer(features, onProgress);
  const head = predictor.model.heads.findIndex((own) => own.task === task);
  return scoreAnswers(dataset, task, rows, answers, head, labels);
}
