import { normalCumulative, normalQuantile } from '../core/normal.js';
import { quantileOfSorted } from '../core/quantile.js';
import { sum } from '../core/sum.js';

/** What a bootstrap interval is made of. */
export interface Replicates {
  /** The statistic of all units. */
  readonly observed: number;
  /** Of samples with replacement, sorted. */
  readonly resampled: Float64Array;
  /** Minus the statistic without each unit, up to a constant and a positive factor (the jackknife). */
  readonly influences: readonly number[];
  /** Replicates this close to the observed value are ties. */
  readonly tie: number;
}

/**
 * BCa interval: the bias-corrected and accelerated bootstrap (Efron and Tibshirani, *An introduction to the
 * bootstrap*, 1993, chapter 14), the default of scipy.stats.bootstrap.
 *
 * @param level share of such intervals that should contain the true value, between 0 and 1
 * @returns both ends
 */
export function bcaInterval(
  { observed, resampled, influences, tie }: Replicates,
  level: number,
): [number, number] {
  const bias = normalQuantile(shareBelow(resampled, observed, tie));
  const acceleration = accelerationOf(influences);
  const end = (share: number) => {
    const z = bias + normalQuantile(share);
    const room = 1 - acceleration * z;
    // Without room left, z has become infinite.
    const corrected = room > 0 ? normalCumulative(bias + z / room) : z > 0 ? 1 : 0;
    return quantileOfSorted(resampled, corrected);
  };
  return [end((1 - level) / 2), end((1 + level) / 2)];
}

/** Share of the replicates below a value, ties counted half; never 0 or 1, whose quantiles are infinite. */
function shareBelow(resampled: Float64Array, value: number, tie: number): number {
  const below = resampled.filter((x) => x < value - tie).length;
  const upTo = resampled.filter((x) => x <= value + tie).length;
  const half = 0.5 / resampled.length;
  return Math.min(1 - half, Math.max(half, (below + upTo) / (2 * resampled.length)));
}

/** A sixth of the skewness of the influences, over the root of their number; 0 if all are equal. */
function accelerationOf(influences: readonly number[]): number {
  const centre = sum(influences) / influences.length;
  const farthest = influences.reduce((most, x) => Math.max(most, Math.abs(x - centre)), 0);
  if (farthest === 0) return 0;
  const deviations = influences.map((x) => (x - centre) / farthest);
  return sum(deviations.map((d) => d ** 3)) / (6 * sum(deviations.map((d) => d ** 2)) ** 1.5);
}
