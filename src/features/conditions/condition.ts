import type { Random } from '../../core/random.js';

/** What a recording went through before it was heard. */
export interface Condition {
  /** After "with", in messages: `an echo`. */
  readonly title: string;
  /**
   * The recording as it sounds then.
   *
   * @param samples mono, [N], N at least 1; not changed
   * @param rate in Hz
   * @param random draws what differs from one recording to the next
   * @returns [N]
   */
  readonly apply: (
    samples: Float32Array,
    rate: number,
    random: Random,
  ) => Float32Array | Promise<Float32Array>;
}

/** A number drawn uniformly from an interval. */
export function uniform(random: Random, from: number, to: number): number {
  return from + (to - from) * random.next();
}

/** Mean square. */
export function powerOf(samples: ArrayLike<number>): number {
  let sum = 0;
  for (let n = 0; n < samples.length; n++) sum += samples[n]! ** 2;
  return sum / samples.length;
}
