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
import { type Evaluation, sureScores } from '../metrics/metrics.js';
import { thresholdOf } from '../model/confidence.js';
import { isRegressionEvaluation, regressionIntervals } from '../metrics/regression.js';
import type { HeadEvaluation } from '../network/heads/head.js';
import { labelledOf, score, targetsOf, type Scores } from './score.js';

/** Which task is scored, and whom to tell how far it is. */
export interface EvaluateOptions {
  /** Default: emotion. */
  readonly task?: string | undefined;
  /** Of the intervals of a regression task; default 0. */
  readonly seed?: number | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/**
 * Scores a model's classes on a dataset: the object that `evaluate --json` prints (SPEC section 4).
 * Utterances over 30 s are predicted in windows, as in Predictor and in the validation of training.
 *
 * @example
 * const test = await loadTestData(files, source, predictor.labels);
 * const { accuracy, uar, confusion } = await evaluate(predictor, test);
 *
 * @param dataset made with the labels, the feature set and the normalisation of the predictor's model
 * @throws UsageError if its feature set, trimming or normalisation differs, the model has no head for the task or it
 *   predicts numbers, or no utterance has a label of it
 */
export async function evaluate(
  predictor: Predictor,
  dataset: Dataset,
  options: EvaluateOptions = {},
): Promise<Evaluation> {
  const scores = await evaluateTask(predictor, dataset, options);
  if (!isRegressionEvaluation(scores)) return scores;
  throw new UsageError(
    `the task "${options.task}" has numbers, not classes`,
    'Score it with evaluateTask.',
  );
}

/**
 * Scores one task of a model on a dataset, be it of classes or of numbers; those of numbers with intervals
 * at 0.95 of CCC and RMSE, those of classes with what the model is sure of, if it has a threshold.
 *
 * @example
 * const scores = await evaluateTask(predictor, data.validation, { task: 'gender' });
 * if (!isRegressionEvaluation(scores)) console.log(scores.accuracy);
 *
 * @param dataset as in `evaluate`
 * @throws as `evaluate`, but for numbers
 */
export async function evaluateTask(
  predictor: Predictor,
  dataset: Dataset,
  { task = 'emotion', seed = 0, onProgress }: EvaluateOptions = {},
): Promise<HeadEvaluation> {
  const head = predictor.model.heads.find((own) => own.task === task);
  if (head === undefined) {
    throw new UsageError(
      `the model has no head for the task "${task}"`,
      `It has ${nameList(predictor.model.heads.map((own) => own.task))}.`,
    );
  }
  refuseOtherFeatures(dataset, predictor.featureSet);
  refuseOtherTrimming(dataset, predictor.trimDb);
  refuseOtherNormalisation(dataset, predictor.normalisation);
  const rows = labelledOf(dataset, head);
  const { heads, answers } = await scorePredictor(predictor, dataset, { rows, onProgress });
  const evaluation = heads[task]?.evaluation;
  if (evaluation === undefined) {
    throw new UsageError(
      `no utterance has a label for the task "${task}"`,
      'Give utterances with labels that the model knows.',
    );
  }
  const h = predictor.model.heads.indexOf(head);
  if (!isRegressionEvaluation(evaluation)) {
    const threshold = thresholdOf(predictor.confidence, task);
    if (threshold === undefined) return evaluation;
    const own = answers.map(({ probabilities }) => probabilities[h]!);
    return { ...evaluation, sure: sureScores(targetsOf(dataset, head, rows), own, threshold) };
  }
  const predicted = answers.map(({ logits }) => logits[h]![0]!);
  const targets = targetsOf(dataset, head, rows);
  return { ...evaluation, intervals: regressionIntervals(targets, predicted, { seed }) };
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
