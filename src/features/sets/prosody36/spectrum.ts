import { realFft } from '../../../core/fastest-real-fft.js';
import { CosineTransform } from '../../cosine-transform.js';
import { LAGS } from './harmonicity.js';
import { BINS, WINDOW } from './settings.js';

/** Magnitudes below this are rounding noise of the transform: silence. */
const NOISE_FLOOR = 1e-12;
const SCALE = 1 / BINS;
/** Zero padding to twice the frame avoids circular overlap of lags, and keeps the frame's bins: the even ones. */
const PADDED = 2 * WINDOW;

/**
 * Magnitude spectrum and autocorrelation of one frame: from the power spectrum of the padded frame, and the
 * transform of that (Wiener-Khinchin).
 */
export class Spectrum {
  /** |X_k| / BINS of the frame's transform of length WINDOW, [BINS]; noise is 0. */
  readonly magnitude = new Float64Array(BINS);
  /** r_k = sum_n x_n x_(n+k), [LAGS] */
  readonly autocorrelation = new Float64Array(LAGS);
  private readonly fft = realFft(PADDED);
  private readonly ofPower = new CosineTransform(WINDOW);

  /** Overwrites both with those of the frame that starts at `at`. */
  analyse(signal: Float64Array, at: number): void {
    const { fft, magnitude, autocorrelation } = this;
    const { input, output: power } = fft;
    for (let n = 0; n < WINDOW; n++) input[n] = signal[at + n]!;
    input.fill(0, WINDOW);
    fft.power();
    for (let k = 0; k < BINS; k++) {
      const m = Math.sqrt(power[2 * k]!) * SCALE;
      magnitude[k] = m < NOISE_FLOOR ? 0 : m;
    }
    this.ofPower.transform(power, autocorrelation);
    for (let k = 0; k < LAGS; k++) autocorrelation[k]! *= 1 / WINDOW;
  }
}
