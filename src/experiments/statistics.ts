import { UsageError } from '../core/errors.js';
import { mean } from '../core/sum.js';
import { bootstrapInterval } from './bootstrap.js';
import { signFlipTest } from './sign-flip.js';
import { checkUnits } from './units.js';

/**
 * Fewer units get no interval and no p: such data cannot support either.
 *
 * @example
 * const uars = [0.61, 0.7, 0.66];
 * if (uars.length >= MIN_UNITS) console.log(estimate(uars, 0));
 */
export const MIN_UNITS = 5;

/** A mean over units. */
export interface Estimate {
  readonly mean: number;
  /** 95%, by bootstrap over the units; absent if they are too few. */
  readonly interval?: [number, number];
}

/** A cell compared with the baseline, paired by unit. */
export interface Comparison {
  /** Mean over units of cell minus baseline. */
  readonly difference: number;
  /** The same relative to the baseline's mean; not finite if that is 0. */
  readonly relative: number;
  /** 95%, by bootstrap over the units; absent if they are too few. */
  readonly interval?: [number, number];
  /** Of the two-sided sign-flip test; absent if the units are too few. */
  readonly p?: number;
  readonly units: number;
}

/**
 * The mean over units and its interval.
 *
 * @example
 * const { mean, interval } = estimate([0.61, 0.7, 0.66, 0.72, 0.69], 0);
 * console.log(mean, interval);
 *
 * @param values one for each unit: a test speaker's or fold's mean over seeds
 * @param seed of the bootstrap
 * @param strata of each unit, such as its corpus: as in bootstrapInterval
 * @throws UsageError for no value or one that is not finite
 */
export function estimate(
  values: readonly number[],
  seed: number,
  strata?: readonly string[],
): Estimate {
  checkUnits(values);
  const options = { seed, ...(strata && { strata }) };
  return {
    mean: mean(values),
    ...(values.length >= MIN_UNITS && { interval: bootstrapInterval(values, options) }),
  };
}

/**
 * Compares two cells over the units that both were tested on.
 *
 * @example
 * const { difference, p } = compare(
 *   [0.61, 0.7, 0.66, 0.72, 0.69],
 *   [0.6, 0.65, 0.66, 0.7, 0.6],
 *   0,
 * );
 * console.log(difference, p);
 *
 * @param cell values of each unit
 * @param baseline the baseline's values of the same units, in the same order
 * @param seed of bootstrap and test
 * @param strata of each unit, as in estimate
 * @throws UsageError if the two differ in number, and like `estimate`
 */
export function compare(
  cell: readonly number[],
  baseline: readonly number[],
  seed: number,
  strata?: readonly string[],
): Comparison {
  if (cell.length !== baseline.length) {
    throw new UsageError(
      `${cell.length} units of the cell for ${baseline.length} of the baseline`,
      'Compare them on the units that both have.',
    );
  }
  checkUnits(cell);
  checkUnits(baseline);
  const differences = cell.map((x, i) => x - (baseline[i] ?? NaN));
  const { mean: difference, interval } = estimate(differences, seed, strata);
  return {
    difference,
    relative: difference / mean(baseline),
    ...(interval && { interval, p: signFlipTest(differences, seed) }),
    units: differences.length,
  };
}
