/**
 * Values in at most `bins` equal parts, each part put into one number; short input stays as it is.
 *
 * @param values [N]
 * @returns [min(N, bins)]
 */
export function inBins(
  values: ArrayLike<number>,
  bins: number,
  reduce: (part: readonly number[]) => number,
): number[] {
  const all = Array.from(values);
  const count = Math.min(all.length, bins);
  return Array.from({ length: count }, (_, i) =>
    reduce(
      all.slice(Math.floor((i * all.length) / count), Math.floor(((i + 1) * all.length) / count)),
    ),
  );
}

/** Outline of a waveform: the largest magnitude in each of at most `bins` equal parts. */
export function envelope(samples: ArrayLike<number>, bins = 400): number[] {
  return inBins(samples, bins, largestMagnitude);
}

export function largestMagnitude(values: readonly number[]): number {
  return values.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
}

export { mean } from '../../core/sum.js';
