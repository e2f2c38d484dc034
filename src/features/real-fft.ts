import { type ComplexArray, complexArray } from '../core/complex.js';
import { Fft } from '../core/fft.js';

/**
 * The Fourier transform of a real sequence of even length N with one complex transform of
 * length N / 2: even samples as real parts, odd ones as imaginary parts (Press et al., Numerical
 * Recipes, section 12.3.2).
 *
 * With E and O the transforms of the even and the odd samples, both read off the complex one,
 * X_k = E_k + e^(-2 pi i k / N) O_k, and X_(N/2-k) is the conjugate of their difference.
 */
export class RealFft {
  /** X_0 .. X_(N/2), overwritten by each call of `transform`. */
  readonly spectrum: ComplexArray;
  private readonly packed: ComplexArray;
  private readonly fft: Fft;
  /** e^(-2 pi i k / N) / 2, k = 0 .. N/4 */
  private readonly twiddles: ComplexArray;

  constructor(readonly length: number) {
    const half = length / 2;
    this.fft = new Fft(half);
    this.packed = complexArray(half);
    this.spectrum = complexArray(half + 1);
    const quarter = Math.floor(half / 2);
    this.twiddles = complexArray(quarter + 1);
    for (let k = 0; k <= quarter; k++) {
      this.twiddles.re[k] = Math.cos((2 * Math.PI * k) / length) / 2;
      this.twiddles.im[k] = -Math.sin((2 * Math.PI * k) / length) / 2;
    }
  }

  /**
   * Transforms `count` (even, at most N) samples of `x` from index `at` on, followed by zeros up to
   * N, into `spectrum`.
   */
  transform(x: Float64Array, at: number, count: number): ComplexArray {
    const { re: zr, im: zi } = this.packedTransform(x, at, count);
    const { re, im } = this.spectrum;
    const { re: wr, im: wi } = this.twiddles;
    const half = this.length / 2;
    re[0] = zr[0]! + zi[0]!;
    re[half] = zr[0]! - zi[0]!;
    for (let k = 1, mirror = half - 1; k <= mirror; k++, mirror--) {
      const ar = zr[k]!,
        ai = zi[k]!;
      const br = zr[mirror]!,
        bi = zi[mirror]!;
      const evenR = 0.5 * (ar + br),
        evenI = 0.5 * (ai - bi);
      const oddR = ai + bi,
        oddI = br - ar;
      const turnedR = wr[k]! * oddR - wi[k]! * oddI,
        turnedI = wr[k]! * oddI + wi[k]! * oddR;
      re[k] = evenR + turnedR;
      im[k] = evenI + turnedI;
      re[mirror] = evenR - turnedR;
      im[mirror] = turnedI - evenI;
    }
    return this.spectrum;
  }

  /**
   * The power spectrum |X_k|^2, k = 0 .. N/2, of the same samples.
   *
   * @param out output, [N/2 + 1]
   */
  power(x: Float64Array, at: number, count: number, out: Float64Array): void {
    const { re: zr, im: zi } = this.packedTransform(x, at, count);
    const { re: wr, im: wi } = this.twiddles;
    const half = this.length / 2;
    out[0] = (zr[0]! + zi[0]!) * (zr[0]! + zi[0]!);
    out[half] = (zr[0]! - zi[0]!) * (zr[0]! - zi[0]!);
    for (let k = 1, mirror = half - 1; k <= mirror; k++, mirror--) {
      const ar = zr[k]!,
        ai = zi[k]!;
      const br = zr[mirror]!,
        bi = zi[mirror]!;
      const evenR = 0.5 * (ar + br),
        evenI = 0.5 * (ai - bi);
      const oddR = ai + bi,
        oddI = br - ar;
      const turnedR = wr[k]! * oddR - wi[k]! * oddI,
        turnedI = wr[k]! * oddI + wi[k]! * oddR;
      const sumR = evenR + turnedR,
        sumI = evenI + turnedI;
      const restR = evenR - turnedR,
        restI = evenI - turnedI;
      out[k] = sumR * sumR + sumI * sumI;
      out[mirror] = restR * restR + restI * restI;
    }
  }

  /** The complex transform of the samples, packed in pairs. */
  private packedTransform(x: Float64Array, at: number, count: number): ComplexArray {
    const { re, im } = this.packed;
    const filled = count / 2;
    for (let n = 0, i = at; n < filled; n++, i += 2) {
      re[n] = x[i]!;
      im[n] = x[i + 1]!;
    }
    re.fill(0, filled);
    im.fill(0, filled);
    return this.fft.transform(this.packed);
  }
}
