import { PlainRealFft } from './plain-real-fft.js';
import type { RealFft } from './real-fft.js';
import { simdRealFft } from './simd/real-fft.js';

/**
 * The transform of a length, with WebAssembly's SIMD where there is any, to the same bits.
 *
 * @param length N, even; N / 2 as `Fft` takes it
 */
export function realFft(length: number): RealFft {
  return simdRealFft(length) ?? new PlainRealFft(length);
}
