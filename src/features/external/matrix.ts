/** Features of one utterance that another program wrote. */
export interface Matrix {
  /** T, at least 1. */
  readonly frames: number;
  /** F, at least 1. */
  readonly width: number;
  /** [T, F] row-major. */
  readonly data: Float32Array | Float64Array;
}
