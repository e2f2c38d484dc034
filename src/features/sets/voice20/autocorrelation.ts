import { RealFft } from '../../real-fft.js';
import { hann } from '../../hann.js';
import { WIDE } from './settings.js';

/** Periods that are searched, in samples: those of 500 Hz and of 60 Hz. */
export const SHORTEST = 32;
export const LONGEST = 267;
/** The first lag that is read: a peak has a neighbour on either side. */
export const FIRST = SHORTEST - 1;
/** Lags that are read: FIRST .. LONGEST + 1. */
export const LAGS = LONGEST + 2 - FIRST;

/** Zero padding keeps the lags that are read free of circular overlap: N - (LONGEST + 1) >= WIDE. */
const PADDED = 1000;

/** The autocorrelation of 40 ms frames by two real transforms (Wiener-Khinchin). */
export class Autocorrelation {
  /**
   * r_k / energy at lags FIRST .. LONGEST + 1, [LAGS], over the window's own (Boersma, Proc. Inst. Phonetic
   * Sciences 17, 1993): about 1 at the period of a periodic signal. Overwritten by each call.
   */
  readonly normalised = new Float64Array(LAGS);
  private readonly fft = new RealFft(PADDED);
  private readonly power = new Float64Array(PADDED);
  /** 1 / the window's autocorrelation over its energy, [LAGS] */
  private readonly ofWindow = new Float64Array(LAGS);

  constructor() {
    const re = this.transform(hann(WIDE));
    for (let i = 0; i < LAGS; i++) this.ofWindow[i] = re[0]! / re[FIRST + i]!;
  }

  /**
   * Overwrites `normalised`.
   *
   * @param frame Hann-windowed, [640]
   * @param energy sum x^2 + 1e-9
   */
  analyse(frame: Float64Array, energy: number): void {
    const re = this.transform(frame);
    const scale = 1 / (PADDED * energy);
    for (let i = 0; i < LAGS; i++) {
      this.normalised[i] = re[FIRST + i]! * scale * this.ofWindow[i]!;
    }
  }

  /** PADDED r_k of the frame at index k. */
  private transform(frame: Float64Array): Float64Array {
    const { fft, power } = this;
    const { re, im } = fft.transform(frame, 0, WIDE);
    const half = PADDED / 2;
    power[0] = re[0]! ** 2 + im[0]! ** 2;
    for (let k = 1; k <= half; k++) {
      power[k] = power[PADDED - k] = re[k]! ** 2 + im[k]! ** 2;
    }
    // The power spectrum is even, so its forward and backward transforms are the same.
    return fft.transform(power, 0, PADDED).re;
  }
}
