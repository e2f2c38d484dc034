import { type ComplexArray, complexArray } from './complex.js';
import { Fft } from './fft.js';
import type { RealFft } from './real-fft.js';

/** `RealFft` without WebAssembly. */
export class PlainRealFft implements RealFft {
  readonly input: Float64Array;
  readonly output: Float64Array;
  private readonly packed: ComplexArray;
  private readonly fft: Fft;
  /** e^(-2 pi i k / N) / 2, k = 0 .. N/4 */
  private readonly twiddles: ComplexArray;

  constructor(readonly length: number) {
    const half = length / 2;
    this.fft = new Fft(half);
    this.input = new Float64Array(length);
    this.output = new Float64Array(length + 2);
    this.packed = complexArray(half);
    const quarter = Math.floor(half / 2);
    this.twiddles = complexArray(quarter + 1);
    for (let k = 0; k <= quarter; k++) {
      this.twiddles.re[k] = Math.cos((Math.PI * k) / half) / 2;
      this.twiddles.im[k] = -Math.sin((Math.PI * k) / half) / 2;
    }
  }

  transform(): void {
    const { input, output: out, length } = this;
    const { re, im } = this.packed;
    const { re: wr, im: wi } = this.twiddles;
    const half = length / 2;
    for (let n = 0; n < half; n++) {
      re[n] = input[2 * n]!;
      im[n] = input[2 * n + 1]!;
    }
    const { re: zr, im: zi } = this.fft.transform(this.packed);
    for (let k = 0, mirror = half; k <= mirror; k++, mirror--) {
      const ar = zr[k]!,
        ai = zi[k]!;
      const b = k === 0 ? 0 : mirror; // Z_0 is its own mirror
      const br = zr[b]!,
        bi = -zi[b]!;
      const evenR = 0.5 * (ar + br),
        evenI = 0.5 * (ai + bi);
      const oddR = ai - bi,
        oddI = br - ar;
      const turnedR = oddR * wr[k]! - oddI * wi[k]!,
        turnedI = oddI * wr[k]! + oddR * wi[k]!;
      out[2 * k] = evenR + turnedR;
      out[2 * k + 1] = evenI + turnedI;
      out[2 * mirror] = evenR - turnedR;
      out[2 * mirror + 1] = -(evenI - turnedI);
    }
  }

  power(): void {
    this.transform();
    const { output, length } = this;
    for (let k = 0; k <= length / 2; k++) {
      const re = output[2 * k]!,
        im = output[2 * k + 1]!;
      output[k] = re * re + im * im;
    }
  }
}
