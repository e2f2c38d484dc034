import { type ComplexArray, complexArray } from './complex.js';
import {
  radix4,
  radix5,
  radix8,
  type Stage,
  untwisted4,
  untwisted5,
  untwisted8,
} from './fft-stages.js';

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
      const last = stage.groups === 1;
      if (stage.radix === 8) (last ? untwisted8 : radix8)(stage, from, to);
      else if (stage.radix === 5) (last ? untwisted5 : radix5)(stage, from, to);
      else (last ? untwisted4 : radix4)(stage, from, to);
      [from, to] = [to, from];
    }
    return from;
  }
}

function planStages(length: number): Stage[] {
  const stages: Stage[] = [];
  let rest = length;
  let stride = 1;
  for (const radix of radicesOf(length)) {
    const groups = rest / radix;
    const twiddles = complexArray(groups * (radix - 1));
    for (let group = 0; group < groups; group++) {
      for (let r = 1; r < radix; r++) {
        const angle = (-2 * Math.PI * group * r) / rest;
        twiddles.re[group * (radix - 1) + r - 1] = Math.cos(angle);
        twiddles.im[group * (radix - 1) + r - 1] = Math.sin(angle);
      }
    }
    stages.push({ radix, groups, stride, twiddles });
    rest = groups;
    stride *= radix;
  }
  return stages;
}

/** Eights first: few stages, each over few groups. Fours last: that stage needs no twiddles. */
function radicesOf(length: number): Stage['radix'][] {
  let twos = 0;
  let fives = 0;
  let rest = length;
  for (; rest > 1 && rest % 2 === 0; rest /= 2) twos++;
  for (; rest > 1 && rest % 5 === 0; rest /= 5) fives++;
  if (rest !== 1 || twos === 1) {
    throw new RangeError(`no transform of length ${length}: not 2^a 5^b, a other than 1`);
  }
  const fours = [0, 2, 1][twos % 3]!;
  return [
    ...Array<8>((twos - 2 * fours) / 3).fill(8),
    ...Array<5>(fives).fill(5),
    ...Array<4>(fours).fill(4),
  ];
}
