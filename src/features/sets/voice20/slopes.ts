import { BIN_HZ, LOG_TO_DECIBELS, QUIETEST } from './settings.js';

/** Bins whose powers are multiplied before their logarithm is taken. Of more, the product could overflow. */
const CHUNK = 4;

/** The slope of a straight line fitted to a spectrum's levels over a band, in dB per kHz. */
export class Slope {
  private readonly first: number;
  private readonly count: number;
  /** Weight of the first bin's level in the slope, and by how much each is more than the last. */
  private readonly lowest: number;
  private readonly step: number;

  /**
   * @param first the band's first bin
   * @param end the bin after its last
   */
  constructor(first: number, end: number) {
    this.first = first;
    this.count = end - first;
    // Least squares: the frequency's distance from the middle, over the sum of their squares.
    const middle = (this.count - 1) / 2;
    let squares = 0;
    for (let i = 0; i < this.count; i++) squares += (i - middle) ** 2;
    this.step = LOG_TO_DECIBELS / (squares * (BIN_HZ / 1000));
    this.lowest = -middle * this.step;
  }

  /**
   * The sum of w_i log(p_i + 1e-10). The weights of a chunk are w, w + step, w + 2 step ..: so w is that of
   * the product of its powers, and step that of the product of p_i to the power of i. This takes the
   * logarithm half as often, and it is what takes the time.
   *
   * @param power a power spectrum, at least [end]
   */
  of(power: Float64Array): number {
    const { first, count, lowest, step } = this;
    let slope = 0;
    let i = 0;
    for (; i + CHUNK <= count; i += CHUNK) {
      const k = first + i;
      const p3 = power[k + 3]! + QUIETEST;
      const p23 = (power[k + 2]! + QUIETEST) * p3;
      const p123 = (power[k + 1]! + QUIETEST) * p23;
      const all = (power[k]! + QUIETEST) * p123;
      slope += (lowest + i * step) * Math.log(all) + step * Math.log(p3 * p23 * p123);
    }
    for (; i < count; i++) slope += (lowest + i * step) * Math.log(power[first + i]! + QUIETEST);
    return slope;
  }
}
