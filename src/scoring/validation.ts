import type { HeadConfig, ModelConfig } from '../core/config.js';
import { UsageError } from '../core/errors.js';
import { isRegression } from '../core/heads.js';
import { mainTask } from '../corpora/labels.js';
import { isRegressionEvaluation, type RegressionEvaluation } from '../metrics/regression.js';
import type { FrameBatch, Inference } from '../session/types.js';
import { byUtterance } from '../features/normalise.js';
import { defaultFeatureSet } from '../features/sets/registry.js';
import { answer, type AnswerLimits } from '../inference/answer.js';
import type { Dataset } from '../data/dataset.js';
import type { HeadEvaluation } from '../network/heads/head.js';
import { score, type Scores } from './score.js';

/** Scores of the validation side in an epoch's log. */
export interface ValidationScores {
  /** Weighted sum of the tasks' losses. */
  readonly total: number;
  /** Loss over the labelled utterances, by task. */
  readonly tasks: Readonly<Record<string, number>>;
  /** Of the deciding task, emotion if the model has it; absent if that is a regression. */
  readonly accuracy?: number;
  readonly maf?: number;
  readonly uar?: number;
  /** Of the deciding task, if that is a regression. */
  readonly ccc?: number;
  readonly rmse?: number;
  /** Of each regression task with labels; absent if there is none. */
  readonly regression?: Readonly<Record<string, Pick<RegressionEvaluation, 'ccc' | 'rmse'>>>;
}

/** The score by which the best epoch is chosen, higher is better: accuracy, or CCC of a regression. */
export function decidingScore({
  accuracy,
  ccc,
}: Pick<ValidationScores, 'accuracy' | 'ccc'>): number {
  return accuracy ?? ccc ?? NaN;
}

/** The head that early stopping uses: emotion's, else the first. */
export function decidingHead({ heads }: ModelConfig): HeadConfig {
  const task = mainTask(heads.map((head) => head.task));
  return heads.find((head) => head.task === task) ?? heads[0]!;
}

/**
 * `score` of a model in training, on a dataset with labels of the deciding task; all NaN if an answer is not
 * finite. An utterance over 30 s is split into windows, and its loss is that of the windows' mean
 * probabilities.
 *
 * @param predict of a session
 * @param limits of the batches passed to it
 * @throws UsageError if no utterance has a label of that task; like the dataset's `read`
 */
export async function validate(
  model: ModelConfig,
  dataset: Dataset,
  predict: (batch: FrameBatch) => Promise<Inference>,
  limits?: AnswerLimits,
): Promise<ValidationScores> {
  const { scope } = dataset.normalisation ?? byUtterance;
  const { featureSet = defaultFeatureSet } = dataset;
  const options = { featureSet, scope, attention: false, ...(limits && { limits }) };
  const { total, heads } = await score(model, dataset, (utterances) =>
    answer(model, utterances, predict, options),
  );
  const deciding = decidingHead(model);
  const { evaluation } = heads[deciding.task]!;
  if (evaluation === undefined && Number.isFinite(total)) {
    throw new UsageError('no utterance has a label to score', 'Give utterances with labels.');
  }
  const tasks = Object.fromEntries(Object.entries(heads).map(([task, { loss }]) => [task, loss]));
  return { total, tasks, ...decidingScores(deciding, evaluation), ...regressionScores(heads) };
}

/** Of the deciding task; NaN without an evaluation. */
function decidingScores(head: HeadConfig, evaluation: HeadEvaluation | undefined) {
  if (evaluation !== undefined && isRegressionEvaluation(evaluation)) {
    const { ccc, rmse } = evaluation;
    return { ccc, rmse };
  }
  if (isRegression(head)) return { ccc: NaN, rmse: NaN };
  const { accuracy = NaN, maf = NaN, uar = NaN } = evaluation ?? {};
  return { accuracy, maf, uar };
}

function regressionScores(heads: Scores['heads']): Pick<ValidationScores, 'regression'> {
  const found = Object.entries(heads).flatMap(([task, { evaluation }]) => {
    if (evaluation === undefined || !isRegressionEvaluation(evaluation)) return [];
    const { ccc, rmse } = evaluation;
    return [[task, { ccc, rmse }] as const];
  });
  return found.length === 0 ? {} : { regression: Object.fromEntries(found) };
}
