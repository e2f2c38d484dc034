import { realFft } from '../../../core/fastest-real-fft.js';
import { CosineTransform } from '../../cosine-transform.js';
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
const PADDED = 1024;

/** The autocorrelation of 40 ms frames from their power spectrum, by its transform (Wiener-Khinchin). */
export class Autocorrelation {
  /**
   * r_k / energy at lags FIRST .. LONGEST + 1, [LAGS], over the window's own (Boersma, Proc. Inst. Phonetic
   * Sciences 17, 1993): about 1 at the period of a periodic signal. Overwritten by each call.
   */
  readonly normalised = new Float64Array(LAGS);
  private readonly fft = realFft(PADDED);
  /** Hann-windowed, with zeros from WIDE on, [PADDED]: written before each call, which overwrites it. */
  readonly frame = this.fft.input;
  private readonly ofPower = new CosineTransform(PADDED / 2);
  /** PADDED / 2 times r_k, from lag 0 on. */
  private readonly lags = new Float64Array(FIRST + LAGS);
  /** 1 / the window's autocorrelation over its energy, 2 / PADDED of it, [LAGS] */
  private readonly scale: Float64Array;

  constructor() {
    this.frame.set(hann(WIDE));
    this.transform();
    const { lags } = this;
    this.scale = lags.slice(FIRST).map((own) => (lags[0]! / own) * (2 / PADDED));
  }

  /**
   * Overwrites `normalised` with that of `frame`.
   *
   * @param energy sum x^2 + 1e-9
   */
  analyse(energy: number): void {
    this.transform();
    const { normalised, lags, scale } = this;
    const share = 1 / energy;
    for (let i = 0; i < LAGS; i++) normalised[i] = lags[FIRST + i]! * share * scale[i]!;
  }

  private transform(): void {
    this.fft.power();
    this.ofPower.transform(this.fft.output, this.lags);
  }
}
