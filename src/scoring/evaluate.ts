import { UsageError } from '../core/errors.js';
import { nameList } from '../core/names.js';
import { checkFeatures } from '../inference/checks.js';
import type { Predictor } from '../inference/predictor.js';
import {
  refuseOtherFeatures,
  refuseOtherNormalisation,
  refuseOtherTrimming,
  type Dataset,
} from '../data/dataset.js';
import type { Evaluation } from '../metrics/metrics.js';
import { labelledOf, score, type Scores } from './score.js';

export interface EvaluateOptions {
  /** Default: emotion. */
  readonly task?: string | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/**
 * Scores a model on a dataset: the object that `evaluate --json` prints (SPEC section 4). Utterances
 * over 30 s are predicted in windows, as in Predictor and in the validation of training.
 *
 * @param dataset made with the labels, the feature set and the normalisation of the predictor's model
 * @throws UsageError if its feature set, trimming or normalisation differs, the model has no head for the task, or no
 *   utterance has a label of it
 */
export async function evaluate(
  predictor: Predictor,
  dataset: Dataset,
  { task = 'emotion', onProgress }: EvaluateOptions = {},
): Promise<Evaluation> {
  const head = predictor.model.heads.find((own) => own.task === task);
  if (head === undefined) {
    throw new UsageError(
      `the model has no head for the task "${task}"`,
      `It has ${nameList(Object.keys(predictor.labels))}.`,
    );
  }
  refuseOtherFeatures(dataset, predictor.featureSet);
  refuseOtherTrimming(dataset, predictor.trimDb);
  refuseOtherNormalisation(dataset, predictor.normalisation);
  const rows = labelledOf(dataset, head);
  const { heads } = await scorePredictor(predictor, dataset, { rows, onProgress });
  const evaluation = heads[task]?.evaluation;
  if (evaluation === undefined) {
    throw new UsageError(
      `no utterance has a label for the task "${task}"`,
      'Give utterances with labels that the model knows.',
    );
  }
  return evaluation;
}

/**
 * `score` of a trained model.
 *
 * @param options `rows`: the utterances to predict; default: all
 * @throws UsageError for features that are not whole rows of finite numbers; ConfigError if an answer is not
 *   finite; like the dataset's `read`
 */
export function scorePredictor(
  predictor: Predictor,
  dataset: Dataset,
  {
    rows,
    onProgress,
  }: Pick<EvaluateOptions, 'onProgress'> & { readonly rows?: readonly number[] } = {},
): Promise<Scores> {
  const { model, labels } = predictor;
  const { dimensions } = predictor.featureSet;
  const read = async (own: readonly number[]): Promise<readonly Float32Array[]> => {
    const features = await dataset.read(own);
    features.forEach((matrix, i) =>
      checkFeatures(matrix, dimensions, dataset.paths[own[i]!] ?? ''),
    );
    return features;
  };
  return score(
    model,
    { ...dataset, read },
    (utterances) => predictor.answer(utterances, { attention: false, onProgress }),
    { rows, labels },
  );
}
