import { quantileOfSorted } from '../core/quantile.js';

/** The middle value; for an even number of values the mean of the two. NaN if there are none. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** quantileOfSorted for values in any order. */
export function quantile(values: readonly number[], q: number): number {
  return quantileOfSorted(
    values.toSorted((a, b) => a - b),
    q,
  );
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Line {
  readonly slope: number;
  readonly intercept: number;
  /** Pearson's correlation coefficient. */
  readonly correlation: number;
}

/** The least-squares line; NaN if all points have the same x. */
export function fitLine(points: readonly Point[]): Line {
  const mean = (of: (p: Point) => number) =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const x = mean((p) => p.x);
  const y = mean((p) => p.y);
  const xx = mean((p) => (p.x - x) ** 2);
  const yy = mean((p) => (p.y - y) ** 2);
  const xy = mean((p) => (p.x - x) * (p.y - y));
  const slope = xy / xx;
  return { slope, intercept: y - slope * x, correlation: xy / Math.sqrt(xx * yy) };
}

/** y = coefficient * x^exponent, by least squares of the logarithms. */
export function fitPower(points: readonly Point[]) {
  const logs = points.map(({ x, y }) => ({ x: Math.log(x), y: Math.log(y) }));
  const { slope, intercept, correlation } = fitLine(logs);
  return { exponent: slope, coefficient: Math.exp(intercept), correlation };
}
