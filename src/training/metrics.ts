import { UsageError } from '../core/errors.js';

/** Scores of a classifier on one task, as `evaluate --json` prints them. */
export interface Evaluation {
  /** Macro-average F1: over the labels present in truth or prediction. */
  readonly maf: number;
  /** Macro-average precision: over the same labels. */
  readonly map: number;
  readonly accuracy: number;
  /** Unweighted average recall: over the labels present in the truth. */
  readonly uar: number;
  /** Counts [C, C]: rows are the truth, columns the prediction. */
  readonly confusion: readonly (readonly number[])[];
  readonly labels: readonly string[];
  /** Utterances scored: those with a label. */
  readonly utterances: number;
}

/**
 * Scores predictions. Utterances whose truth is -1 have no label and do not count. A division by
 * zero counts 0, as with scikit-learn's `zero_division=0`.
 *
 * @param truth class of each utterance, -1 where unlabelled
 * @param predicted class of each utterance
 * @param labels name of each class, C of them
 * @throws UsageError where the two disagree in length, hold no class, or nothing is labelled
 */
export function evaluate(
  truth: ArrayLike<number>,
  predicted: ArrayLike<number>,
  labels: readonly string[],
): Evaluation {
  const confusion = confusionMatrix(truth, predicted, labels.length);
  return { ...scores(confusion), confusion, labels: [...labels] };
}

/** Counts [C, C] of truth (rows) and prediction (columns), without the unlabelled. */
export function confusionMatrix(
  truth: ArrayLike<number>,
  predicted: ArrayLike<number>,
  classes: number,
): number[][] {
  if (truth.length !== predicted.length) {
    throw new UsageError(`${predicted.length} predictions for ${truth.length} utterances`);
  }
  const confusion = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (let i = 0; i < truth.length; i++) {
    const [t = NaN, p = NaN] = [truth[i], predicted[i]];
    if (t === -1) continue;
    const row = confusion[t];
    if (row?.[p] === undefined) {
      throw new UsageError(
        `utterance ${i}: truth ${t}, prediction ${p}: not among ${classes} classes`,
      );
    }
    row[p] += 1;
  }
  return confusion;
}

/** The scores of a confusion matrix [C, C] whose rows are the truth. */
export function scores(
  confusion: readonly (readonly number[])[],
): Pick<Evaluation, 'accuracy' | 'maf' | 'map' | 'uar' | 'utterances'> {
  const perClass = confusion.map((row, c) => ({
    correct: row[c] ?? 0,
    actual: sum(row),
    predicted: sum(confusion.map((other) => other[c] ?? 0)),
  }));
  const utterances = sum(perClass.map(({ actual }) => actual));
  if (utterances === 0) {
    throw new UsageError('no utterance has a label to score', 'Give utterances with labels.');
  }
  const present = perClass.filter(({ actual, predicted }) => actual + predicted > 0);
  const inTruth = perClass.filter(({ actual }) => actual > 0);
  return {
    accuracy: sum(perClass.map(({ correct }) => correct)) / utterances,
    // F1 = 2 TP / (2 TP + FP + FN): its denominator is not zero for a class that is present.
    maf: mean(present.map((k) => (2 * k.correct) / (k.actual + k.predicted))),
    map: mean(present.map((k) => (k.predicted === 0 ? 0 : k.correct / k.predicted))),
    uar: mean(inTruth.map((k) => k.correct / k.actual)),
    utterances,
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, x) => total + x, 0);
}

function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}
