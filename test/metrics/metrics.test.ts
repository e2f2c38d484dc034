import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/core/errors.js';
import { classScores, confusionMatrix, evaluate, scores } from '../../src/metrics/metrics.js';

interface Expected {
  readonly accuracy: number;
  readonly maf: number;
  readonly map: number;
  readonly uar: number;
  /** A value of each class. */
  readonly byClass: Readonly<Record<'precision' | 'recall' | 'f1' | 'support', readonly number[]>>;
}

/** Values of scikit-learn: tools/oracle/statistics_fixtures.py. */
const fixture = JSON.parse(
  readFileSync(new URL('../fixtures/statistics/scores.json', import.meta.url), 'utf8'),
) as {
  readonly cases: readonly (Expected & {
    readonly name: string;
    readonly truth: readonly number[];
    readonly predicted: readonly number[];
    readonly classes: number;
    readonly confusion: readonly (readonly number[])[];
  })[];
  readonly average: {
    readonly runs: readonly (readonly (readonly number[])[])[];
    readonly pooled: Expected;
  };
};

const namesOf = (classes: number) => Array.from({ length: classes }, (_, i) => `label ${i}`);

function expectScores(got: Omit<Expected, 'byClass'>, expected: Expected) {
  for (const key of ['accuracy', 'maf', 'map', 'uar'] as const) {
    expect(got[key], key).toBeCloseTo(expected[key], 14);
  }
}

function expectClasses(confusion: readonly (readonly number[])[], { byClass }: Expected) {
  const labels = namesOf(confusion.length);
  const got = classScores(confusion, labels);
  expect(got.map(({ label }) => label)).toEqual(labels);
  got.forEach((one, c) => {
    for (const key of ['precision', 'recall', 'f1'] as const) {
      expect(one[key], `${key} of class ${c}`).toBeCloseTo(byClass[key][c] ?? NaN, 14);
    }
  });
  return got;
}

describe('evaluate agrees with scikit-learn', () => {
  it.each(fixture.cases)('$name', (expected) => {
    const labels = namesOf(expected.classes);
    const got = evaluate(Int32Array.from(expected.truth), expected.predicted, labels);
    expect(got.confusion).toEqual(expected.confusion);
    expectScores(got, expected);
    expect(got.labels).toEqual(labels);
    expect(got.utterances).toBe(expected.truth.filter((t) => t !== -1).length);
    const classes = expectClasses(got.confusion, expected);
    expect(classes.map(({ support }) => support)).toEqual(expected.byClass.support);
  });
});

describe('a confusion matrix averaged over runs', () => {
  const { runs, pooled } = fixture.average;
  const average = (runs[0] ?? []).map((row, t) =>
    row.map((_, p) => runs.reduce((sum, run) => sum + (run[t]?.[p] ?? NaN) / runs.length, 0)),
  );

  it('has fractions, and scores as the runs pooled', () => {
    expect(average.flat().some((n) => !Number.isInteger(n))).toBe(true);
    expectScores(scores(average), pooled);
    expectClasses(average, pooled);
  });

  it('has as many utterances as a run, whole', () => {
    const utterances = (runs[0] ?? []).flat().reduce((sum, n) => sum + n, 0);
    expect(scores(average).utterances).toBe(utterances);
    expect(classScores(average, namesOf(4)).map(({ support }) => support)).toEqual(
      runs[0]?.map((row) => row.reduce((sum, n) => sum + n, 0)),
    );
  });

  it('keeps to 1 where all is right', () => {
    const third = 0.1 + 0.2; // 0.30000000000000004
    const got = scores([
      [third, 0],
      [0, third],
    ]);
    expect(got).toMatchObject({ accuracy: 1, maf: 1, map: 1, uar: 1 });
  });
});

describe('classScores and scores refuse', () => {
  it('labels of another number', () => {
    expect(() => classScores([[1]], ['a', 'b'])).toThrow('2 labels for 1 classes');
  });

  it.each([
    ['a matrix that is not square', [[1, 2]], 'confusion row 0: 2 counts, want 1'],
    ['a negative count', [[-1]], 'confusion row 0: -1 is not a count'],
    ['NaN', [[NaN]], 'confusion row 0: NaN is not a count'],
    ['infinity', [[Infinity]], 'confusion row 0: Infinity is not a count'],
  ])('%s', (_, confusion, message) => {
    expect(() => scores(confusion)).toThrow(message);
    expect(() => classScores(confusion, ['a'])).toThrow(UsageError);
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
