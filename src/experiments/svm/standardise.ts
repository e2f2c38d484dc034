import { concatenate } from '../../core/concatenate.js';
import { statisticsOf } from '../../features/statistics.js';

/** A column that varies less counts as constant, as for frames. */
const CONSTANT = 1e-8;

/** Scales each column to mean 0 and variance 1 over other rows; a constant column becomes 0. */
export type Standardise = (rows: readonly Float64Array[]) => Float64Array[];

/** The scaling by mean and (population) deviation of these rows, [N][D]. */
export function standardiserOf(of: readonly Float64Array[]): Standardise {
  const { mean, deviation } = statisticsOf([concatenate(Float64Array, of)], of[0]?.length ?? 0);
  return (rows) =>
    rows.map((row) =>
      row.map((x, d) => (deviation[d]! <= CONSTANT ? 0 : (x - mean[d]!) / deviation[d]!)),
    );
}

/**
 * Rows scaled over those of their speaker: what differs between speakers is gone.
 *
 * @param speakers of each row
 */
export function standardisedBySpeaker(
  rows: readonly Float64Array[],
  speakers: readonly string[],
): Float64Array[] {
  const out = [...rows];
  for (const speaker of new Set(speakers)) {
    const own = [...rows.keys()].filter((i) => speakers[i] === speaker);
    const of = own.map((i) => rows[i]!);
    standardiserOf(of)(of).forEach((row, k) => (out[own[k]!] = row));
  }
  return out;
}
