import { LONGEST, SHORTEST } from './autocorrelation.js';
import { RATE } from './settings.js';

/** What a lag that is no peak scores. */
const NO_PEAK = -1;
/** A frame without a peak above this keeps all its lags: one that is no peak may be chosen. */
const CERTAIN = -0.5;

const COUNT = LONGEST - SHORTEST + 1;
/** log2 of the frequency of lag SHORTEST + i, in octaves above 1 Hz, [COUNT] */
export const octaves = Float64Array.from({ length: COUNT }, (_, i) =>
  Math.log2(RATE / (SHORTEST + i)),
);
/** Shorter periods are slightly favoured: 0.01 an octave above 60 Hz, [COUNT] */
const bonus = octaves.map((octave) => 0.01 * (octave - Math.log2(60)));

/** The candidates for the period of each frame: peaks of its autocorrelation, with their scores. */
export class Peaks {
  /** Index of each candidate's lag: the lag is SHORTEST + index. */
  readonly #at: number[] = [];
  /** Its autocorrelation. */
  readonly #height: number[] = [];
  readonly #score: number[] = [];
  /** First candidate of each frame, then their number. */
  readonly #first: number[] = [0];

  /**
   * Adds the next frame.
   *
   * @param r normalised autocorrelation at lags SHORTEST - 1 .. LONGEST + 1
   */
  add(r: Float64Array): void {
    const start = this.#at.length;
    let best = NO_PEAK;
    for (let i = 0; i < COUNT; i++) {
      const here = r[i + 1]!;
      if (!(here > r[i]! && here >= r[i + 2]!)) continue;
      const score = here + bonus[i]!;
      this.#push(i, here, score);
      if (score > best) best = score;
    }
    if (best < CERTAIN) this.#keepAll(r, start);
    this.#first.push(this.#at.length);
  }

  /**
   * The best candidate of each frame: the first of the highest score.
   *
   * @param middle octaves above 1 Hz that others are disfavoured by their distance from, by 0.1 an octave
   */
  choose(middle?: number): { readonly octave: Float64Array; readonly height: Float64Array } {
    const frames = this.#first.length - 1;
    const octave = new Float64Array(frames);
    const height = new Float64Array(frames);
    for (let t = 0; t < frames; t++) {
      let best = this.#first[t]!;
      let highest = -Infinity;
      for (let i = best; i < this.#first[t + 1]!; i++) {
        const far = middle === undefined ? 0 : Math.abs(octaves[this.#at[i]!]! - middle);
        const score = this.#score[i]! - 0.1 * far;
        if (score > highest) {
          highest = score;
          best = i;
        }
      }
      octave[t] = octaves[this.#at[best]!]!;
      height[t] = Math.min(Math.max(this.#height[best]!, 0), 0.999);
    }
    return { octave, height };
  }

  #push(at: number, height: number, score: number): void {
    this.#at.push(at);
    this.#height.push(height);
    this.#score.push(score);
  }

  /** All lags of the frame whose candidates begin at `start`, its peaks with their scores. */
  #keepAll(r: Float64Array, start: number): void {
    const peaks = new Map(this.#at.slice(start).map((at, i) => [at, this.#score[start + i]!]));
    for (const list of [this.#at, this.#height, this.#score]) list.length = start;
    for (let i = 0; i < COUNT; i++) this.#push(i, r[i + 1]!, peaks.get(i) ?? NO_PEAK);
  }
}
