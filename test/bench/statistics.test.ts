import { expect, test } from 'vitest';
import { fitLine, fitPower, median, quantile } from '../../src/bench/statistics.js';

test('median and quantiles are NumPy’s', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2.5);
  expect(quantile([10, 20, 30, 40, 50], 0.95)).toBeCloseTo(48, 12);
  expect(median([])).toBeNaN();
});

test('a power law is found with its exponent', () => {
  const points = [1, 2, 5, 30, 400].map((x) => ({ x, y: 0.7 * x ** 1.5 }));
  const { exponent, coefficient, correlation } = fitPower(points);
  expect(exponent).toBeCloseTo(1.5, 12);
  expect(coefficient).toBeCloseTo(0.7, 12);
  expect(correlation).toBeCloseTo(1, 12);
});

test('a line is that of least squares', () => {
  // NumPy: polyfit([0, 1, 2, 3], [1, 3, 2, 5], 1) = 1.1, 1.1; corrcoef 0.8315218406
  const points = [1, 3, 2, 5].map((y, x) => ({ x, y }));
  const { slope, intercept, correlation } = fitLine(points);
  expect(slope).toBeCloseTo(1.1, 12);
  expect(intercept).toBeCloseTo(1.1, 12);
  expect(correlation).toBeCloseTo(0.8315218406, 9);
  expect(fitLine([{ x: 1, y: 2 }]).slope).toBeNaN();
});
