import { type ComplexArray, complexArray, Fft } from '../core/fft.js';

/**
 * The Fourier transform of a real sequence of even length N with one complex transform of
 * length N / 2: even samples as real parts, odd ones as imaginary parts (Press et al., Numerical
 * Recipes, section 12.3.2).
 */
export class RealFft {
  /** X_0 .. X_(N/2), overwritten by each call. */
  readonly spectrum: ComplexArray;
  private readonly packed: ComplexArray;
  private readonly fft: Fft;
  /** e^(-2 pi i k / N), k = 0 .. N/4 */
  private readonly twiddles: ComplexArray;

  constructor(readonly length: number) {
    const half = length / 2;
    this.fft = new Fft(half);
    this.packed = complexArray(half);
    this.spectrum = complexArray(half + 1);
    const quarter = Math.floor(half / 2);
    this.twiddles = complexArray(quarter + 1);
    for (let k = 0; k <= quarter; k++) {
      this.twiddles.re[k] = Math.cos((2 * Math.PI * k) / length);
      this.twiddles.im[k] = -Math.sin((2 * Math.PI * k) / length);
    }
  }

  /**
   * Transforms `count` (even, at most N) samples of `x` from index `at` on, followed by zeros up to
   * N, into `spectrum`.
   */
  transform(x: Float64Array, at: number, count: number): ComplexArray {
    const half = this.length / 2;
    const { re, im } = this.packed;
    const filled = count / 2;
    for (let n = 0; n < filled; n++) {
      re[n] = x[at + 2 * n]!;
      im[n] = x[at + 2 * n + 1]!;
    }
    re.fill(0, filled);
    im.fill(0, filled);
    this.untangle(this.fft.transform(this.packed), half);
    return this.spectrum;
  }

  /**
   * With E and O the transforms of the even and the odd samples, both read off the complex one,
   * X_k = E_k + e^(-2 pi i k / N) O_k, and X_(N/2-k) is the conjugate of their difference.
   */
  private untangle({ re: zr, im: zi }: ComplexArray, half: number): void {
    const { re, im } = this.spectrum;
    const { re: wr, im: wi } = this.twiddles;
    for (let k = 0, mirror = half; k <= mirror; k++, mirror--) {
      const b = k === 0 ? 0 : mirror;
      const evenR = (zr[k]! + zr[b]!) / 2;
      const evenI = (zi[k]! - zi[b]!) / 2;
      const oddR = (zi[k]! + zi[b]!) / 2;
      const oddI = (zr[b]! - zr[k]!) / 2;
      const turnedR = wr[k]! * oddR - wi[k]! * oddI;
      const turnedI = wr[k]! * oddI + wi[k]! * oddR;
      re[k] = evenR + turnedR;
      im[k] = evenI + turnedI;
      re[mirror] = evenR - turnedR;
      im[mirror] = turnedI - evenI;
    }
  }
}
