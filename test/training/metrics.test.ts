import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/core/errors.js';
import { confusionMatrix, evaluate, scores } from '../../src/training/metrics.js';

/**
 * Values of scikit-learn 1.9.1: accuracy_score, f1_score and precision_score (macro, zero_division=0),
 * balanced_accuracy_score, confusion_matrix; rows with truth -1 left out.
 */
const cases = [
  {
    name: 'four classes',
    truth: [
      1, 1, 2, 3, 0, 0, 3, 2, 1, 1, 3, 3, 3, 1, 1, 1, 3, 0, 0, 1, 0, 2, 0, 2, 3, 3, 3, 3, 3, 1, 2,
      0, 0, 1, 3, 1, 2, 3, 2, 3,
    ],
    predicted: [
      1, 1, 2, 3, 0, 0, 1, 2, 0, 1, 2, 3, 3, 3, 1, 3, 0, 0, 0, 1, 0, 2, 0, 2, 2, 3, 2, 3, 3, 1, 3,
      0, 0, 2, 3, 3, 2, 3, 0, 2,
    ],
    classes: 4,
    accuracy: 0.675,
    maf: 0.678097959831706,
    map: 0.6877705627705627,
    uar: 0.7077922077922079,
    confusion: [
      [8, 0, 0, 0],
      [1, 6, 1, 3],
      [1, 0, 5, 1],
      [1, 1, 4, 8],
    ],
  },
  {
    name: 'all right',
    truth: [0, 1, 2, 1],
    predicted: [0, 1, 2, 1],
    classes: 3,
    accuracy: 1.0,
    maf: 1.0,
    map: 1.0,
    uar: 1.0,
    confusion: [
      [1, 0, 0],
      [0, 2, 0],
      [0, 0, 1],
    ],
  },
  {
    name: 'all wrong',
    truth: [0, 1, 2],
    predicted: [1, 2, 0],
    classes: 3,
    accuracy: 0.0,
    maf: 0.0,
    map: 0.0,
    uar: 0.0,
    confusion: [
      [0, 1, 0],
      [0, 0, 1],
      [1, 0, 0],
    ],
  },
  {
    name: 'a class in neither truth nor prediction',
    truth: [0, 0, 1, 3, 3],
    predicted: [0, 1, 1, 3, 0],
    classes: 5,
    accuracy: 0.6,
    maf: 0.611111111111111,
    map: 0.6666666666666666,
    uar: 0.6666666666666666,
    confusion: [
      [1, 1, 0, 0, 0],
      [0, 1, 0, 0, 0],
      [0, 0, 0, 0, 0],
      [1, 0, 0, 1, 0],
      [0, 0, 0, 0, 0],
    ],
  },
  {
    name: 'a class predicted but never true',
    truth: [0, 0, 1, 1],
    predicted: [0, 2, 1, 2],
    classes: 3,
    accuracy: 0.5,
    maf: 0.4444444444444444,
    map: 0.6666666666666666,
    uar: 0.5,
    confusion: [
      [1, 0, 1],
      [0, 1, 1],
      [0, 0, 0],
    ],
  },
  {
    name: 'a class true but never predicted',
    truth: [0, 0, 1, 2],
    predicted: [0, 1, 1, 1],
    classes: 3,
    accuracy: 0.5,
    maf: 0.38888888888888884,
    map: 0.4444444444444444,
    uar: 0.5,
    confusion: [
      [1, 1, 0],
      [0, 1, 0],
      [0, 1, 0],
    ],
  },
  {
    name: 'only one class predicted',
    truth: [0, 1, 2, 2, 1],
    predicted: [1, 1, 1, 1, 1],
    classes: 3,
    accuracy: 0.4,
    maf: 0.19047619047619047,
    map: 0.13333333333333333,
    uar: 0.3333333333333333,
    confusion: [
      [0, 1, 0],
      [0, 2, 0],
      [0, 2, 0],
    ],
  },
  {
    name: 'unlabelled utterances',
    truth: [0, -1, 1, -1, 1, 0],
    predicted: [0, 1, 1, 0, 0, 1],
    classes: 2,
    accuracy: 0.5,
    maf: 0.5,
    map: 0.5,
    uar: 0.5,
    confusion: [
      [1, 1],
      [1, 1],
    ],
  },
  {
    name: 'one class, one utterance',
    truth: [0],
    predicted: [0],
    classes: 1,
    accuracy: 1.0,
    maf: 1.0,
    map: 1.0,
    uar: 1.0,
    confusion: [[1]],
  },
];

describe('evaluate agrees with scikit-learn', () => {
  it.each(cases)('$name', (expected) => {
    const labels = Array.from({ length: expected.classes }, (_, i) => `label ${i}`);
    const got = evaluate(Int32Array.from(expected.truth), expected.predicted, labels);
    expect(got.confusion).toEqual(expected.confusion);
    expect(got.accuracy).toBeCloseTo(expected.accuracy, 14);
    expect(got.maf).toBeCloseTo(expected.maf, 14);
    expect(got.map).toBeCloseTo(expected.map, 14);
    expect(got.uar).toBeCloseTo(expected.uar, 14);
    expect(got.labels).toEqual(labels);
    expect(got.utterances).toBe(expected.truth.filter((t) => t !== -1).length);
  });
});

describe('evaluate refuses', () => {
  it('lists of different lengths', () => {
    expect(() => confusionMatrix([0, 1], [0], 2)).toThrow('1 predictions for 2 utterances');
  });

  it.each([
    [
      [0, 2],
      [0, 0],
    ],
    [
      [0, 0],
      [0, 2],
    ],
    [
      [0, 0],
      [0, -1],
    ],
    [
      [0, -2],
      [0, 0],
    ],
    [
      [0, 0.5],
      [0, 0],
    ],
    [
      [0, 0],
      [0, NaN],
    ],
  ])('truth %j with prediction %j, which is no class', (truth, predicted) => {
    expect(() => confusionMatrix(truth, predicted, 2)).toThrow(UsageError);
    expect(() => confusionMatrix(truth, predicted, 2)).toThrow('utterance 1: truth');
  });

  it('nothing to score', () => {
    expect(() => evaluate([-1, -1], [0, 1], ['a', 'b'])).toThrow('no utterance has a label');
    expect(() => scores([])).toThrow(UsageError);
  });
});
