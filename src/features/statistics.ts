/** A feature that varies less than this counts as constant. */
const CONSTANT = 1e-8;

/** Mean and (population) deviation of each of the F features over some frames. */
export interface FeatureStatistics {
  /** [F] */
  readonly mean: readonly number[];
  /** [F], none below 0 */
  readonly deviation: readonly number[];
}

/**
 * The statistics over all frames of all utterances, in float64: first the means, then the squared
 * differences from them, so that a small deviation is not lost in a large mean.
 *
 * @param matrices features of each utterance, [T, F] row-major; at least one frame in total
 * @param dimensions F
 */
export function statisticsOf(
  matrices: readonly (Float64Array | Float32Array)[],
  dimensions: number,
): FeatureStatistics {
  const frames = matrices.reduce((sum, { length }) => sum + length, 0) / dimensions;
  const mean = new Float64Array(dimensions);
  eachValue(matrices, dimensions, (x, column) => (mean[column]! += x));
  for (let column = 0; column < dimensions; column++) mean[column]! /= frames;
  const squares = new Float64Array(dimensions);
  eachValue(matrices, dimensions, (x, column) => (squares[column]! += (x - mean[column]!) ** 2));
  return { mean: [...mean], deviation: Array.from(squares, (sum) => Math.sqrt(sum / frames)) };
}

/**
 * Subtracts from each column of `features` [T, F] its mean and divides by its deviation; 0 for constant columns.
 *
 * @param out output, [T, F]: may be `features` itself
 * @returns `out`
 */
export function applyStatistics(
  features: Float64Array | Float32Array,
  { mean, deviation }: FeatureStatistics,
  out: Float32Array = new Float32Array(features.length),
): Float32Array {
  const dimensions = mean.length;
  for (let column = 0; column < dimensions; column++) {
    const center = mean[column]!;
    const scale = deviation[column]!;
    const constant = scale <= CONSTANT;
    for (let i = column; i < features.length; i += dimensions) {
      out[i] = constant ? 0 : (features[i]! - center) / scale;
    }
  }
  return out;
}

function eachValue(
  matrices: readonly (Float64Array | Float32Array)[],
  dimensions: number,
  take: (value: number, column: number) => void,
): void {
  for (const matrix of matrices) {
    for (let i = 0, column = 0; i < matrix.length; i++) {
      take(matrix[i]!, column);
      column = column + 1 === dimensions ? 0 : column + 1;
    }
  }
}
