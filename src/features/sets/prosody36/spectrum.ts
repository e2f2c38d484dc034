import { LAGS } from './harmonicity.js';
import { RealFft } from '../../real-fft.js';
import { BINS, WINDOW } from './settings.js';

/** Magnitudes below this are rounding noise of the transform: silence. */
const NOISE_FLOOR = 1e-12;
/** Zero padding to twice the frame avoids circular overlap of lags, and keeps the frame's bins: the even ones. */
const PADDED = 2 * WINDOW;

/**
 * Magnitude spectrum and autocorrelation of one frame with two real transforms of twice its length:
 * one of the padded frame, one of its power spectrum (Wiener-Khinchin).
 */
export class Spectrum {
  /** |X_k| / BINS of the frame's transform of length WINDOW, [BINS]; noise is 0. */
  readonly magnitude = new Float64Array(BINS);
  /** r_k = sum_n x_n x_(n+k), [LAGS] */
  readonly autocorrelation = new Float64Array(LAGS);
  private readonly fft = new RealFft(PADDED);
  private readonly power = new Float64Array(PADDED);

  /** Overwrites both with those of the frame that starts at `at`. */
  analyse(signal: Float64Array, at: number): void {
    const { power, magnitude, autocorrelation } = this;
    const frame = this.fft.transform(signal, at, WINDOW);
    for (let k = 0; k <= WINDOW; k++) {
      power[k] = frame.re[k]! ** 2 + frame.im[k]! ** 2;
    }
    for (let k = 1; k < WINDOW; k++) power[PADDED - k] = power[k]!;
    for (let k = 0; k < BINS; k++) {
      const m = Math.sqrt(power[2 * k]!) / BINS;
      magnitude[k] = m < NOISE_FLOOR ? 0 : m;
    }
    // The power spectrum is even, so its forward and backward transforms are the same.
    const { re } = this.fft.transform(power, 0, PADDED);
    for (let k = 0; k < LAGS; k++) autocorrelation[k] = re[k]! / PADDED;
  }
}
