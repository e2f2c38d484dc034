import { CosineTransform } from '../../cosine-transform.js';
import { hann } from '../../hann.js';
import { RealFft } from '../../real-fft.js';
import { WIDE } from './settings.js';

/** Periods that are searched, in samples: those of 500 Hz and of 60 Hz. */
export const SHORTEST = 32;
export const LONGEST = 267;
/** The first lag that is read: a peak has a neighbour on either side. */
export const FIRST = SHORTEST - 1;
/** Lags that are read: FIRST .. LONGEST + 1. */
export const LAGS = LONGEST + 2 - FIRST;

/** Zero padding keeps the lags that are read free of circular overlap: N - (LONGEST + 1) >= WIDE. */
const PADDED = 1024;

/** The autocorrelation of 40 ms frames from their power spectrum, by its transform (Wiener-Khinchin). */
export class Autocorrelation {
  /**
   * r_k / energy at lags FIRST .. LONGEST + 1, [LAGS], over the window's own (Boersma, Proc. Inst. Phonetic
   * Sciences 17, 1993): about 1 at the period of a periodic signal. Overwritten by each call.
   */
  readonly normalised = new Float64Array(LAGS);
  private readonly fft = new RealFft(PADDED);
  private readonly ofPower = new CosineTransform(PADDED / 2);
  private readonly power = new Float64Array(PADDED / 2 + 1);
  /** PADDED / 2 times r_k, from lag 0 on. */
  private readonly lags = new Float64Array(FIRST + LAGS);
  /** 1 / the window's autocorrelation over its energy, 2 / PADDED of it, [LAGS] */
  private readonly scale: Float64Array;

  constructor() {
    this.transform(hann(WIDE));
    const { lags } = this;
    this.scale = lags.slice(FIRST).map((own) => (lags[0]! / own) * (2 / PADDED));
  }

  /**
   * Overwrites `normalised`.
   *
   * @param frame Hann-windowed, [640]
   * @param energy sum x^2 + 1e-9
   */
  analyse(frame: Float64Array, energy: number): void {
    this.transform(frame);
    const { normalised, lags, scale } = this;
    const share = 1 / energy;
    for (let i = 0; i < LAGS; i++) normalised[i] = lags[FIRST + i]! * share * scale[i]!;
  }

  private transform(frame: Float64Array): void {
    this.fft.power(frame, 0, WIDE, this.power);
    this.ofPower.transform(this.power, this.lags);
  }
}
