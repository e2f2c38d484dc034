import { radicesOf, twiddlesOf } from './fft-plan.js';
import { type ComplexArray, complexArray } from './complex.js';
import type { Stage } from './fft-stage.js';
import { radix4, radix5, radix8 } from './fft-stages.js';

const passes = { 4: radix4, 5: radix5, 8: radix8 } as const;

/**
 * The complex discrete Fourier transform X_k = sum_n x_n e^(-2 pi i k n / N) of one length
 * N = 2^a 5^b, in float64: Stockham's self-sorting algorithm (Van Loan, Computational Frameworks for
 * the FFT, 1992, section 1.7), which needs no bit reversal.
 */
export class Fft {
  private readonly stages: readonly Stage[];
  private readonly scratch: ComplexArray;

  /** @throws RangeError when the length has a prime factor besides 2 and 5, or exactly one 2 */
  constructor(readonly length: number) {
    this.stages = planStages(length);
    this.scratch = complexArray(length);
  }

  /**
   * Overwrites `input` ([N]) and returns where the result is: `input` itself or a buffer of this
   * object that the next call overwrites.
   */
  transform(input: ComplexArray): ComplexArray {
    let from = input;
    let to = this.scratch;
    for (const stage of this.stages) {
      passes[stage.radix](stage, from, to);
      [from, to] = [to, from];
    }
    return from;
  }
}

function planStages(length: number): Stage[] {
  let stride = 1;
  return radicesOf(length).map((radix) => {
    const groups = length / stride / radix;
    const stage = { radix, groups, stride, twiddles: twiddlesOf(radix, groups) };
    stride *= radix;
    return stage;
  });
}
