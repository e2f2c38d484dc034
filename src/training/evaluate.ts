import { UsageError } from '../core/errors.js';
import type { Predictor } from '../inference/predictor.js';
import { refuseOtherNormalisation, type Dataset } from './dataset.js';
import { evaluate as score, type Evaluation } from './metrics.js';

export interface EvaluateOptions {
  /** Default: emotion. */
  readonly task?: string | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/**
 * Scores a model on a dataset: the object that `evaluate --json` prints (SPEC section 4). Utterances
 * over 30 s are predicted in windows, as Predictor does.
 *
 * @param dataset made with the labels and the normalisation of the predictor's model
 * @throws UsageError where it was normalised otherwise, the model has no head for the task, or no utterance has a label of it
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
      `It has ${Object.keys(predictor.labels).join(', ')}.`,
    );
  }
  refuseOtherNormalisation(dataset, predictor.normalisation);
  const truth = dataset.targets[task] ?? new Int32Array();
  const labelled = [...truth.keys()].filter((i) => truth[i] !== -1);
  if (labelled.length === 0) {
    throw new UsageError(
      `no utterance has a label for the task "${task}"`,
      'Give utterances with labels that the model knows.',
    );
  }
  const features = labelled.map((i) => dataset.features[i] ?? new Float32Array());
  const predictions = await predictor.predictFeatures(features, {
    normalised: true,
    ...(onProgress && { onProgress }),
  });
  return score(
    labelled.map((i) => truth[i] ?? -1),
    predictions.map(({ tasks }) => labels.indexOf(tasks[task]?.label ?? '')),
    labels,
  );
}
