import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/core/errors.js';
import { Random } from '../../src/core/random.js';
import {
  cccLoss,
  evaluateNumbers,
  mseLoss,
  regressionIntervals,
} from '../../src/metrics/regression.js';

describe('scores of numbers', () => {
  // x: mean 2.5, s_xx 1.25; y: mean 3, s_yy 2.5; s_xy 1.25: by hand
  const x = [1, 2, 3, 4];
  const y = [2, 1, 4, 5];

  it('are CCC, RMSE, MAE and correlation by hand', () => {
    const scores = evaluateNumbers(y, x);
    expect(scores.ccc).toBeCloseTo((2 * 1.5) / (1.25 + 2.5 + 0.25), 12);
    expect(scores.rmse).toBeCloseTo(1, 12);
    expect(scores.mae).toBeCloseTo(1, 12);
    expect(scores.pearson).toBeCloseTo(1.5 / Math.sqrt(1.25 * 2.5), 12);
    expect(scores.utterances).toBe(4);
  });

  it('are losses too, and skip what is unlabelled', () => {
    const targets = [2, NaN, 1, 4, 5, NaN];
    const outputs = [1, 100, 2, 3, 4, -100];
    expect(cccLoss(outputs, targets)).toBeCloseTo(1 - evaluateNumbers(y, x).ccc, 12);
    expect(mseLoss(outputs, targets)).toBeCloseTo(1, 12);
    expect(evaluateNumbers(targets, outputs)).toEqual(evaluateNumbers(y, x));
  });

  it('do not cancel far from 0', () => {
    const far = (values: readonly number[]) => values.map((value) => 1e6 + value);
    expect(evaluateNumbers(far(y), far(x)).ccc).toBeCloseTo(evaluateNumbers(y, x).ccc, 8);
  });

  it('are those of perfect and of no agreement', () => {
    expect(evaluateNumbers(y, y)).toMatchObject({ ccc: 1, rmse: 0, mae: 0 });
    expect(evaluateNumbers([1, 2, 3], [3, 2, 1]).ccc).toBeCloseTo(-1, 12);
    expect(evaluateNumbers([1, 2, 3], [7, 7, 7])).toMatchObject({ ccc: 0, pearson: 0 });
    expect(evaluateNumbers([5], [5])).toMatchObject({ ccc: 0, rmse: 0, pearson: 0 });
  });

  it('refuse what cannot be scored', () => {
    expect(() => evaluateNumbers([1, 2], [1])).toThrow('1 predictions for 2 utterances');
    expect(() => evaluateNumbers([NaN], [1])).toThrow(UsageError);
    expect(cccLoss([1, 2], [NaN, 1])).toBe(0);
    expect(mseLoss([1], [NaN])).toBe(0);
  });
});

describe('intervals', () => {
  /** Of x = 0.8 y + 0.3 + 0.6 e with normal y and e. */
  const truth = { ccc: 1.6 / 2.09, rmse: Math.sqrt(0.04 + 0.09 + 0.36) };

  function sample(seed: number, n: number) {
    const random = new Random(seed, 'pairs');
    const y = Array.from({ length: n }, () => random.normal());
    const x = y.map((value) => 0.8 * value + 0.3 + 0.6 * random.normal());
    return { x, y };
  }

  it('contain the true value about as often as they say', () => {
    const draws = 120;
    const hits = { ccc: 0, rmse: 0 };
    for (let seed = 0; seed < draws; seed++) {
      const { x, y } = sample(seed, 60);
      const intervals = regressionIntervals(y, x, { seed, resamples: 400 });
      for (const name of ['ccc', 'rmse'] as const) {
        const [low, high] = intervals[name];
        if (low <= truth[name] && truth[name] <= high) hits[name]++;
      }
    }
    for (const name of ['ccc', 'rmse'] as const) {
      expect(hits[name] / draws, name).toBeGreaterThan(0.88);
      expect(hits[name] / draws, name).toBeLessThan(0.995);
    }
  });

  it('narrow with more utterances, and are the same for the same seed', () => {
    const width = ([low, high]: readonly [number, number]) => high - low;
    const few = sample(1, 30);
    const many = sample(1, 1000);
    const wide = regressionIntervals(few.y, few.x);
    const narrow = regressionIntervals(many.y, many.x);
    expect(width(narrow.ccc)).toBeLessThan(0.5 * width(wide.ccc));
    expect(regressionIntervals(few.y, few.x)).toEqual(wide);
    expect(regressionIntervals(few.y, few.x, { seed: 1 })).not.toEqual(wide);
  });

  it('are a point where nothing varies', () => {
    const { ccc, rmse } = regressionIntervals([3, 3, NaN], [4, 4, 9]);
    expect(ccc).toEqual([0, 0]);
    expect(rmse).toEqual([1, 1]);
    expect(regressionIntervals([3], [5]).rmse).toEqual([2, 2]);
  });
});
