import { UsageError } from '../core/errors.js';
import { correctToPrior, sharesOf, type ClassPrior } from '../metrics/prior.js';
import { taskPrediction, type Prediction } from './predictor.js';

/**
 * Predictions of all recordings of one speaker, with the probabilities of a task corrected to known shares of its
 * labels (`correctToPrior`): only where the speaker is known to show them in these shares.
 *
 * @example
 * const predictions = [await predictor.predictFile(files, 'speech.wav')];
 * const [corrected] = withPrior(predictions, { anger: 0.1, joy: 0.2, sadness: 0.7 });
 *
 * @param task default: emotion
 * @throws UsageError if there is no such task, and for shares of other labels
 */
export function withPrior(
  predictions: readonly Prediction[],
  prior: ClassPrior,
  task = 'emotion',
): Prediction[] {
  const labels = Object.keys(predictions[0]?.tasks[task]?.scores ?? {});
  if (predictions.length > 0 && labels.length === 0) {
    throw new UsageError(`the model has no task ${JSON.stringify(task)} to correct to a prior`);
  }
  const rows = correctToPrior(
    predictions.map((own) => labels.map((label) => own.tasks[task]!.scores[label]!)),
    predictions.length === 0 ? [] : sharesOf(prior, labels),
  );
  return predictions.map((own, i) => ({
    ...own,
    tasks: { ...own.tasks, [task]: taskPrediction(labels, rows[i]!) },
  }));
}
