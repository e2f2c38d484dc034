import { functionalCount, functionalQuantiles } from '../core/functionals.js';

export { functionalCount, functionalQuantiles } from '../core/functionals.js';

/**
 * Functionals of an utterance: statistics of each feature over its T frames, in float64.
 *
 * The layout is kind after kind, F values each: means; population standard deviations; quantiles 0.05, 0.25, 0.5,
 * 0.75, 0.95, linear between order statistics (type 7 of Hyndman & Fan 1996, the default of numpy.quantile); means of
 * |x_t - x_{t-1}|, 0 where T = 1. Last comes ln(T) / 10.
 *
 * @example
 * const { features } = extractFeatures(samples);
 * console.log(functionalsOf(features, FEATURE_COUNT).length); // 289
 *
 * @param features [T, F] row-major, T at least 1
 * @param dimensions F
 * @returns [8F + 1]
 * @throws RangeError if there is no frame, or a broken one
 */
export function functionalsOf(
  features: Float64Array | Float32Array,
  dimensions: number,
): Float64Array {
  const F = dimensions;
  const T = features.length / F;
  if (!Number.isInteger(T) || T < 1) {
    throw new RangeError(`${features.length} values are not frames of ${F} features`);
  }
  const out = new Float64Array(functionalCount(F));
  const column = new Float64Array(T);
  for (let f = 0; f < F; f++) {
    for (let t = 0; t < T; t++) column[t] = features[t * F + f]!;
    functionalsOfColumn(column).forEach((value, kind) => (out[kind * F + f] = value));
  }
  out[out.length - 1] = Math.log(T) / 10;
  return out;
}

/** The eight functionals of one feature; sorts `x` [T]. */
function functionalsOfColumn(x: Float64Array): number[] {
  const T = x.length;
  let sum = 0;
  let steps = 0;
  for (let t = 0; t < T; t++) {
    sum += x[t]!;
    if (t > 0) steps += Math.abs(x[t]! - x[t - 1]!);
  }
  const mean = sum / T;
  let squares = 0;
  for (let t = 0; t < T; t++) squares += (x[t]! - mean) ** 2;
  x.sort();
  const quantiles = functionalQuantiles.map((q) => quantileOfSorted(x, q));
  return [mean, Math.sqrt(squares / T), ...quantiles, T > 1 ? steps / (T - 1) : 0];
}

/** x_(i) + r (x_(i+1) - x_(i)) with i + r = q (T - 1), of sorted values [T] counted from 0. */
function quantileOfSorted(sorted: Float64Array, q: number): number {
  const place = q * (sorted.length - 1);
  const below = Math.floor(place);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return low + (place - below) * (high - low);
}
