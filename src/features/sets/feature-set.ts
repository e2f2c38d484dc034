import { AudioError } from '../../core/errors.js';

/**
 * What a recording is turned into before the network sees it: F numbers a frame. A model names the set that
 * it takes; all else (frames, columns, rate) follows from the set.
 */
export interface FeatureSet {
  /**
   * Its name in model folders, run folders and on the command line, such as `prosody36`: letters, digits
   * and `. _ : + -`.
   */
  readonly id: string;
  /** An integer from 1 up, part of the cache's key: raise it whenever the same samples come to give other numbers. */
  readonly version: number;
  /** F, the columns of the feature matrix [T, F]. */
  readonly dimensions: number;
  /**
   * What each column is called, [F], no two alike. A column called `pitch` is F0 in Hz with 0 for unvoiced
   * frames: reports and the page draw it.
   */
  readonly names: readonly string[];
  /** Samples a second of what `extract` takes, in Hz: recordings are resampled to it. */
  readonly rate: number;
  /** Samples of one frame; a recording has to have as many. */
  readonly window: number;
  /** Samples from one frame to the next. */
  readonly hop: number;
  /** T for a recording of so many samples at `rate`; 0 where they are less than a window. */
  frames(samples: number): number;
  /**
   * The raw features of one recording. They are not normalised: that is done by whoever asks, in the
   * precision that comes (float64 is normalised before it is rounded to float32).
   *
   * @param samples mono at `rate`, [N], at least a window of them
   * @param name what the samples are, for errors: usually the path
   * @returns [T, F] row-major, finite, T = frames(N)
   * @throws AudioError for samples that give none, such as NaN
   */
  extract(samples: Float32Array, name: string): Promise<Float64Array | Float32Array>;
}

/** What a frame count, a duration or a least length is computed from. */
export type Framing = Pick<FeatureSet, 'rate' | 'window' | 'hop'>;

/** Windows of `window` samples every `hop`, without padding: the T of most sets. */
export function framesWithin(samples: number, { window, hop }: Omit<Framing, 'rate'>): number {
  return samples < window ? 0 : Math.floor((samples - window) / hop) + 1;
}

/** Seconds that T frames span. */
export function secondsOf(frames: number, { rate, window, hop }: Framing): number {
  return ((frames - 1) * hop + window) / rate;
}

/** A duration of a set, in milliseconds, as messages have it: `25`, `62.5`. */
export function milliseconds(samples: number, { rate }: Pick<FeatureSet, 'rate'>): string {
  return ((1000 * samples) / rate).toFixed(1).replace(/\.0$/, '');
}

/** That samples are less than a frame. */
export function tooFew(samples: number, { rate, window }: Framing, name: string): AudioError {
  return new AudioError(
    `${name}: ${samples} samples at ${rate / 1000} kHz are less than one frame of ${window}`,
    `Give at least ${milliseconds(window, { rate })} ms.`,
  );
}

/**
 * One column over time.
 *
 * @param matrix [T, F] row-major
 * @param name one of the set's names
 * @returns [T]; undefined where the set has no such column
 */
export function columnOf(
  { names, dimensions }: Pick<FeatureSet, 'names' | 'dimensions'>,
  matrix: Float32Array,
  name: string,
): Float32Array | undefined {
  const column = names.indexOf(name);
  if (column === -1) return undefined;
  const frames = matrix.length / dimensions;
  return Float32Array.from({ length: frames }, (_, t) => matrix[t * dimensions + column] ?? 0);
}
