import { halfToNumber, numberToHalf } from '../../src/core/half.js';

/** Numbers as f16 in memory. */
export function packHalves(values: ArrayLike<number>): Uint16Array {
  return Uint16Array.from(values, numberToHalf);
}

export function unpackHalves(halves: Uint16Array): Float32Array {
  return Float32Array.from(halves, halfToNumber);
}

/** Numbers as f16 can hold them. */
export function roundToHalves(values: ArrayLike<number>): Float32Array {
  return unpackHalves(packHalves(values));
}
