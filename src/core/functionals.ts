/** The quantiles among the functionals of a feature. */
export const functionalQuantiles = [0.05, 0.25, 0.5, 0.75, 0.95] as const;

/** Functionals of one feature over time: mean, deviation, the quantiles, mean absolute difference of neighbours. */
export const functionalKinds = 3 + functionalQuantiles.length;

/**
 * Functionals of an utterance of F features a frame: 8F + 1, the last one is ln(T) / 10.
 *
 * @example
 * console.log(functionalCount(36)); // 289
 */
export function functionalCount(dimensions: number): number {
  return functionalKinds * dimensions + 1;
}
