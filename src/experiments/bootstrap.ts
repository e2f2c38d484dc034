import { UsageError } from '../core/errors.js';
import { Random } from '../core/random.js';
import { bcaInterval } from '../metrics/bootstrap.js';
import { checkUnits, mean, tieTolerance } from './units.js';

export interface BootstrapOptions {
  readonly seed: number;
  /** Samples drawn with replacement. */
  readonly resamples?: number;
  /** Share of such intervals that should contain the true mean, between 0 and 1. */
  readonly level?: number;
}

/**
 * Interval of the mean over units (test speakers or folds): BCa, the bias-corrected and accelerated
 * bootstrap (Efron and Tibshirani, *An introduction to the bootstrap*, 1993, chapter 14), the default of
 * scipy.stats.bootstrap. Scores of few speakers are skewed; BCa corrects for that, plain percentiles do
 * not. Neither makes up for few units: of intervals at 0.95 from normal samples, about 0.85 contain the
 * mean at 5 units, 0.89 at 9 and 0.92 at 20.
 *
 * @param values one for each unit
 * @returns both ends; the same value twice if all values are equal
 * @throws UsageError for no value, one that is not finite, or invalid options
 */
export function bootstrapInterval(
  values: readonly number[],
  { seed, resamples = 10_000, level = 0.95 }: BootstrapOptions,
): [number, number] {
  checkUnits(values);
  if (!Number.isSafeInteger(resamples) || resamples < 1) {
    throw new UsageError(`cannot draw ${resamples} resamples`, 'Give a whole number from 1.');
  }
  if (!(level > 0 && level < 1)) {
    throw new UsageError(`the level ${level} is not between 0 and 1`, 'The usual one is 0.95.');
  }
  const [first = NaN] = values;
  if (values.every((x) => x === first)) return [first, first];

  const replicates = {
    observed: mean(values),
    resampled: resampledMeans(values, resamples, new Random(seed, 'bootstrap')),
    // The mean without value x differs from the mean by (mean - x) / (n - 1): constants cancel.
    influences: values,
    tie: tieTolerance(values) / values.length,
  };
  return bcaInterval(replicates, level);
}

/** Means of samples with replacement, sorted. */
function resampledMeans(values: readonly number[], resamples: number, random: Random) {
  const means = new Float64Array(resamples);
  for (let i = 0; i < resamples; i++) {
    let total = 0;
    for (let k = 0; k < values.length; k++) total += values[random.integer(values.length)] ?? NaN;
    means[i] = total / values.length;
  }
  return means.sort();
}
