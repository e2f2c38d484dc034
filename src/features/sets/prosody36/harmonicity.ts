import { COLUMN, EPS, RATE, WINDOW } from './settings.js';

/** 16 ms: the period of the lowest pitch in the search, 62.5 Hz. */
const LONGEST = Math.round(0.016 * RATE);
/** Autocorrelation lags that harmonicity reads: 0 up to one past the longest period. */
export const LAGS = LONGEST + 2;

const HALF = WINDOW / 2;

/** The first peak this close to the highest is taken as the period: avoids octave errors downwards. */
const NEAR_HIGHEST = 0.85;
/** Frames with a lower harmonic ratio count as unvoiced. */
const VOICED = 0.45;

/**
 * Harmonic ratio (0 to 1) and pitch (Hz, 0 for unvoiced) from the normalised autocorrelation
 * gamma_k = r_k / sqrt(energy of x_k.. times energy of ..x_(n-1-k)): the highest peak after r first
 * falls to zero, and the first peak near it, refined by a parabola.
 */
export class Harmonicity {
  /** Energy of the first n samples of the frame, [WINDOW + 1]. */
  private readonly cumulative = new Float64Array(WINDOW + 1);
  private readonly gamma = new Float64Array(LAGS);

  /**
   * Fills the last two columns of `row` [F].
   *
   * @param signal the utterance; the frame starts at `at`
   * @param r the frame's autocorrelation at lags 0 .. LAGS - 1
   */
  write(signal: Float64Array, at: number, r: Float64Array, row: Float64Array): void {
    row[COLUMN.harmonicRatio] = 0;
    row[COLUMN.pitch] = 0;
    const first = firstNonPositive(r);
    if (first === undefined) return;
    const start = Math.max(first, 1) + 1;
    this.normalise(signal, at, r, start - 1);

    const { gamma } = this;
    let ratio = 0;
    for (let k = start; k <= LONGEST; k++) {
      if (gamma[k]! > ratio && isPeak(gamma, k)) ratio = gamma[k]!;
    }
    row[COLUMN.harmonicRatio] = Math.min(ratio, 1);
    if (ratio < VOICED) return;
    let period = start;
    while (!(gamma[period]! >= NEAR_HIGHEST * ratio && isPeak(gamma, period))) period++;
    row[COLUMN.pitch] = RATE / (period + this.vertex(r, period));
  }

  /** gamma_k for k >= from; r_k itself where it is negative, which is no peak. */
  private normalise(signal: Float64Array, at: number, r: Float64Array, from: number): void {
    const { cumulative, gamma } = this;
    // Both halves at once: one sum would wait for itself.
    let [before, after] = [0, 0];
    for (let n = 0, i = at, j = at + HALF; n < HALF; n++, i++, j++) {
      before += signal[i]! * signal[i]!;
      after += signal[j]! * signal[j]!;
      cumulative[n + 1] = before;
      cumulative[HALF + n + 1] = after;
    }
    for (let n = HALF + 1; n <= WINDOW; n++) cumulative[n]! += before;
    for (let k = from; k < LAGS; k++) gamma[k] = r[k]! > 0 ? this.gammaAt(r, k) : r[k]!;
  }

  private gammaAt(r: Float64Array, k: number): number {
    const { cumulative } = this;
    const norm = Math.sqrt((cumulative[WINDOW]! - cumulative[k]!) * cumulative[WINDOW - k]!);
    return r[k]! / (norm + EPS);
  }

  /** Position of the maximum of the parabola through gamma at k - 1, k, k + 1, relative to k. */
  private vertex(r: Float64Array, k: number): number {
    const a = this.gammaAt(r, k - 1);
    const b = this.gammaAt(r, k);
    const c = this.gammaAt(r, k + 1);
    const bend = a - 2 * b + c;
    return bend < 0 ? (0.5 * (a - c)) / bend : 0;
  }
}

/** The first lag with r <= 0; undefined for silence, which has no period. */
function firstNonPositive(r: Float64Array): number | undefined {
  if (r[0]! <= 0) return undefined;
  for (let k = 1; k < LAGS; k++) if (r[k]! <= 0) return k;
  return undefined;
}

function isPeak(gamma: Float64Array, k: number): boolean {
  return gamma[k - 1]! < gamma[k]! && gamma[k]! >= gamma[k + 1]! && gamma[k]! > 0;
}
