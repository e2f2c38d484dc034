import { UsageError } from '../core/errors.js';

/**
 * Refuses values that no statistic can be made of.
 *
 * @throws UsageError where there is none, or one is not finite
 */
export function checkUnits(values: readonly number[]): void {
  if (values.length === 0) throw new UsageError('no units to compute statistics of');
  const at = values.findIndex((x) => !Number.isFinite(x));
  if (at !== -1) {
    throw new UsageError(
      `unit ${at}: the value ${values[at]} is not finite`,
      'Remove units without a score.',
    );
  }
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, x) => total + x, 0);
}

export function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}

/** Largest error of a sum of these by rounding, with room to spare: what is this close is a tie. */
export function tieTolerance(values: readonly number[]): number {
  return 1e-13 * sum(values.map(Math.abs));
}
