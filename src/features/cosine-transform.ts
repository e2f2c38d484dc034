import { realFft } from '../core/fastest-real-fft.js';
import type { RealFft } from '../core/real-fft.js';

/**
 * The transform of N + 1 values as half of an even sequence of length 2 N,
 * F_k = (f_0 + (-1)^k f_N) / 2 + sum_(j=1..N-1) f_j cos(pi j k / N), with one real transform of length N
 * (Press et al., Numerical Recipes, section 12.3.3: `cosft1`).
 *
 * Of a power spectrum |X_0|^2 .. |X_N|^2 it is N times the autocorrelation at lag k of the sequence of length
 * 2 N (Wiener-Khinchin).
 */
export class CosineTransform {
  private readonly fft: RealFft;
  /** cos and sin of pi j / N, j = 0 .. N/2 */
  private readonly cos: Float64Array;
  private readonly sin: Float64Array;

  /** @param length N, even */
  constructor(readonly length: number) {
    this.fft = realFft(length);
    const angles = Float64Array.from({ length: length / 2 + 1 }, (_, j) => (Math.PI * j) / length);
    this.cos = angles.map(Math.cos);
    this.sin = angles.map(Math.sin);
  }

  /**
   * @param f [N + 1]
   * @param out output: F_0 .. F_(K-1), [K], K <= N
   */
  transform(f: Float64Array, out: Float64Array): void {
    const { fft, cos, sin, length } = this;
    const { input: folded, output: spectrum } = fft;
    let odd = 0.5 * (f[0]! - f[length]!); // F_1, then F_3, F_5 ..
    folded[0] = 0.5 * (f[0]! + f[length]!);
    for (let j = 1, mirror = length - 1; j <= mirror; j++, mirror--) {
      const a = f[j]!,
        b = f[mirror]!;
      const mean = 0.5 * (a + b),
        difference = a - b;
      const turned = sin[j]! * difference;
      odd += cos[j]! * difference;
      folded[j] = mean - turned;
      folded[mirror] = mean + turned;
    }
    fft.transform();
    for (let k = 0; 2 * k < out.length; k++) {
      // at k = 0 there is no imaginary part
      odd -= spectrum[2 * k + 1]!;
      out[2 * k] = spectrum[2 * k]!;
      out[2 * k + 1] = odd; // beyond the end of `out` it is not kept
    }
  }
}
