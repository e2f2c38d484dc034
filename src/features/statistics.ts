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
  const means = new ColumnMeans(dimensions);
  for (const matrix of matrices) means.add(matrix);
  const mean = means.take();
  const squares = new ColumnMeans(dimensions);
  for (const matrix of matrices) squares.addSquares(matrix, mean);
  return { mean: [...mean], deviation: Array.from(squares.take(), (square) => Math.sqrt(square)) };
}

/**
 * `statisticsOf` utterances that need not be in memory together, to the same bits.
 *
 * @param read gives the features of each utterance in their order, [T, F] each; called twice
 */
export async function statisticsOfStream(
  read: () => AsyncIterable<Float32Array>,
  dimensions: number,
): Promise<FeatureStatistics> {
  const means = new ColumnMeans(dimensions);
  for await (const matrix of read()) means.add(matrix);
  const mean = means.take();
  const squares = new ColumnMeans(dimensions);
  for await (const matrix of read()) squares.addSquares(matrix, mean);
  return { mean: [...mean], deviation: Array.from(squares.take(), (square) => Math.sqrt(square)) };
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
  const centers = Float64Array.from(mean);
  const scales = Float64Array.from(deviation);
  for (let i = 0; i < features.length; i += dimensions) {
    for (let f = 0; f < dimensions; f++) {
      const scale = scales[f]!;
      out[i + f] = scale <= CONSTANT ? 0 : (features[i + f]! - centers[f]!) / scale;
    }
  }
  return out;
}

/** The mean of something over all frames, of each of the F features: added up in the order of the frames. */
class ColumnMeans {
  readonly #sums: Float64Array;
  #frames = 0;

  constructor(private readonly dimensions: number) {
    this.#sums = new Float64Array(dimensions);
  }

  /** The values. */
  add(matrix: Float64Array | Float32Array): void {
    const { dimensions } = this;
    const sums = this.#sums;
    for (let i = 0; i < matrix.length; i += dimensions) {
      for (let f = 0; f < dimensions; f++) sums[f]! += matrix[i + f]!;
    }
    this.#frames += matrix.length / dimensions;
  }

  /** The squares of their differences from `center` [F]. */
  addSquares(matrix: Float64Array | Float32Array, center: Float64Array): void {
    const { dimensions } = this;
    const sums = this.#sums;
    for (let i = 0; i < matrix.length; i += dimensions) {
      for (let f = 0; f < dimensions; f++) {
        const difference = matrix[i + f]! - center[f]!;
        sums[f]! += difference * difference;
      }
    }
    this.#frames += matrix.length / dimensions;
  }

  /** [F] */
  take(): Float64Array {
    return this.#sums.map((sum) => sum / this.#frames);
  }
}
