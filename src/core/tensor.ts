/** A tensor on the host: row-major data and its shape. */
export interface HostTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array;
}

/** Number of elements of a shape; 1 for a scalar. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, n) => product * n, 1);
}

/** ||got - expected|| / max(||expected||, 1e-6); a missing or non-finite value gives infinity. */
export function relativeError(got: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (got.length !== expected.length) return Infinity;
  let difference = 0;
  let size = 0;
  for (let i = 0; i < expected.length; i++) {
    const e = expected[i] ?? NaN;
    difference += ((got[i] ?? NaN) - e) ** 2;
    size += e * e;
  }
  const error = Math.sqrt(difference) / Math.max(Math.sqrt(size), 1e-6);
  return Number.isFinite(error) ? error : Infinity;
}
