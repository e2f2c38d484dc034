import { UsageError } from '../core/errors.js';
import { sum } from '../core/sum.js';

/**
 * Refuses values without usable statistics.
 *
 * @throws UsageError if there are none, or one is not finite
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

/** Generous bound on the rounding error of a sum of these: sums this close are ties. */
export function tieTolerance(values: readonly number[]): number {
  return 1e-13 * sum(values.map(Math.abs));
}
