import { UsageError } from '../core/errors.js';
import { mean, sum } from '../core/sum.js';

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
  /** Of the answers that the model is sure of; absent if it has no threshold for the task. */
  readonly sure?: SureScores;
}

/** What comes of the answers whose highest probability reaches a threshold. */
export interface SureScores {
  readonly threshold: number;
  /** Share of the answers that reach it. */
  readonly coverage: number;
  /** Share of these that are right; 0 if there are none. */
  readonly accuracy: number;
}

/**
 * Scores of the answers that reach a threshold.
 *
 * @param truth class of each utterance, all labelled
 * @param probabilities of each utterance, [C]
 */
export function sureScores(
  truth: ArrayLike<number>,
  probabilities: readonly ArrayLike<number>[],
  threshold: number,
): SureScores {
  const best = probabilities.map(largest);
  const sure = best.flatMap((c, i) => (probabilities[i]![c]! >= threshold ? [i] : []));
  const right = sure.filter((i) => best[i] === truth[i]).length;
  const share = (part: number, all: number): number => (all === 0 ? 0 : part / all);
  return {
    threshold,
    coverage: share(sure.length, best.length),
    accuracy: share(right, sure.length),
  };
}

/**
 * Scores predictions. Utterances whose truth is -1 have no label and do not count. A division by
 * zero gives 0, like scikit-learn's `zero_division=0`.
 *
 * @param truth class of each utterance, -1 where unlabelled
 * @param predicted class of each utterance
 * @param labels name of each class, C of them
 * @throws UsageError if the two differ in length, contain an unknown class, or nothing is labelled
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

/** Scores of one class. */
export interface ClassScores {
  readonly label: string;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** Utterances whose truth it is. */
  readonly support: number;
}

/**
 * Precision, recall and F1 of each class; a division by zero gives 0.
 *
 * @param confusion counts [C, C], or means of counts over runs; rows are the truth
 * @param labels name of each class, C of them
 * @throws UsageError for another number of labels, and like `scores`
 */
export function classScores(
  confusion: readonly (readonly number[])[],
  labels: readonly string[],
): ClassScores[] {
  if (labels.length !== confusion.length) {
    throw new UsageError(`${labels.length} labels for ${confusion.length} classes`);
  }
  return tallies(confusion).map(({ correct, actual, predicted }, c) => ({
    label: labels[c] ?? '',
    precision: ratio(correct, predicted),
    recall: ratio(correct, actual),
    // F1 = 2 TP / (2 TP + FP + FN)
    f1: ratio(2 * correct, actual + predicted),
    support: actual,
  }));
}

/**
 * The scores of a confusion matrix.
 *
 * @param confusion counts [C, C], or means of counts over runs; rows are the truth
 * @throws UsageError if nothing is counted, the matrix is not square, or a count is below 0 or not
 *   finite
 */
export function scores(
  confusion: readonly (readonly number[])[],
): Pick<Evaluation, 'accuracy' | 'maf' | 'map' | 'uar' | 'utterances'> {
  const classes = tallies(confusion);
  const utterances = count(classes.map(({ actual }) => actual));
  if (utterances === 0) {
    throw new UsageError('no utterance has a label to score', 'Give utterances with labels.');
  }
  const present = classes.filter(({ actual, predicted }) => actual + predicted > 0);
  const inTruth = classes.filter(({ actual }) => actual > 0);
  return {
    accuracy: count(classes.map(({ correct }) => correct)) / utterances,
    maf: mean(present.map((k) => ratio(2 * k.correct, k.actual + k.predicted))),
    map: mean(present.map((k) => ratio(k.correct, k.predicted))),
    uar: mean(inTruth.map((k) => ratio(k.correct, k.actual))),
    utterances,
  };
}

/** For each class: utterances that are correct, whose truth it is, for which it was predicted. */
function tallies(confusion: readonly (readonly number[])[]) {
  confusion.forEach((row, t) => {
    if (row.length !== confusion.length) {
      throw new UsageError(`confusion row ${t}: ${row.length} counts, want ${confusion.length}`);
    }
    const bad = row.find((n) => !(n >= 0 && n < Infinity));
    if (bad !== undefined) throw new UsageError(`confusion row ${t}: ${bad} is not a count`);
  });
  return confusion.map((row, c) => ({
    correct: count([row[c] ?? 0]),
    actual: count(row),
    predicted: count(confusion.map((other) => other[c] ?? 0)),
  }));
}

/**
 * A sum of counts. Means of counts over runs add up to whole numbers only up to rounding error: such a
 * sum is rounded, so that it prints well and no share exceeds 1.
 */
function count(values: readonly number[]): number {
  const total = sum(values);
  const whole = Math.round(total);
  return Math.abs(total - whole) < 1e-12 * total ? whole : total;
}

/** 0 / 0 is 0. */
function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

/** Class of the largest value, the first of several. */
export function largest(values: ArrayLike<number>): number {
  let best = 0;
  for (let c = 1; c < values.length; c++) if (values[c]! > values[best]!) best = c;
  return best;
}
