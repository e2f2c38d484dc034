import { realFft } from '../../../core/fastest-real-fft.js';
import { lazy } from '../../../core/lazy.js';
import { hann } from '../../hann.js';
import { BINS, FFT, HOP, WINDOW } from './settings.js';

const window = hann(WINDOW);

/** The power spectrum of Hann-windowed 25 ms frames. */
export class PowerSpectrum {
  /** |X_k|^2 / 400 of the transform of length 512, [257]; overwritten by each call. */
  readonly power = new Float64Array(BINS);
  /** Sum of them. */
  total = 0;
  private readonly fft = realFft(FFT);

  /**
   * @param signal [N]
   * @param frame counted from 0
   */
  analyse(signal: Float64Array, frame: number): void {
    const { power, fft } = this;
    const { input, output } = fft;
    const at = frame * HOP;
    for (let n = 0; n < WINDOW; n++) input[n] = signal[at + n]! * window[n]!;
    input.fill(0, WINDOW);
    fft.power();
    let total = 0;
    for (let k = 0; k < BINS; k++) {
      const own = output[k]! * (1 / WINDOW);
      power[k] = own;
      total += own;
    }
    this.total = total;
  }
}

/** One for all: it is overwritten by each frame, and an utterance is done before the next begins. */
export const powerSpectrum = lazy(() => new PowerSpectrum());
