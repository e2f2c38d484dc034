/** Features of utterances that are read when they are asked for: they need not all be in memory. */
export interface FeatureRows {
  /** Frames T of each utterance. */
  readonly lengths: ArrayLike<number>;
  /**
   * Features of some utterances, [T, F] row-major each, in the order of `rows`. They may be what others are
   * given, too: write nothing into them.
   */
  readonly read: (rows: readonly number[]) => Promise<readonly Float32Array[]>;
  /** Normalised functionals of each utterance, [8F + 1], for a model that takes them. */
  readonly functionals?: readonly Float32Array[];
}

/**
 * Features that are in memory.
 *
 * @param matrices of each utterance, [T, F] row-major
 * @param dimensions F
 * @param functionals of each utterance, if the model takes them
 */
export function rowsInMemory(
  matrices: readonly Float32Array[],
  dimensions: number,
  functionals?: readonly Float32Array[],
): FeatureRows {
  return {
    ...(functionals && { functionals }),
    lengths: matrices.map(({ length }) => length / dimensions),
    read: (rows) => Promise.resolve(rows.map((row) => matrices[row]!)),
  };
}

/** Some of the utterances, in this order: the first of `rows` is row 0. */
export function someRows(
  { lengths, read, functionals }: FeatureRows,
  rows: readonly number[],
): FeatureRows {
  return {
    ...(functionals && { functionals: rows.map((row) => functionals[row]!) }),
    lengths: rows.map((row) => lengths[row]!),
    read: (own) => read(own.map((row) => rows[row]!)),
  };
}
