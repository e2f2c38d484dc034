import { AudioError } from '../../core/errors.js';

/**
 * The features computed from a recording for the network: F numbers per frame. A model names its
 * set; all else (frames, columns, rate) follows from the set.
 */
export interface FeatureSet {
  /**
   * Its name in model folders, run folders and on the command line, such as `prosody36`: letters, digits
   * and `. _ : + -`.
   */
  readonly id: string;
  /** An integer of at least 1, part of the cache key: raise it whenever the same samples give other numbers. */
  readonly version: number;
  /** F, the columns of the feature matrix [T, F]. */
  readonly dimensions: number;
  /**
   * Distinct names of the columns, [F]. A column called `pitch` is F0 in Hz with 0 for unvoiced
   * frames: reports and the page plot it.
   */
  readonly names: readonly string[];
  /** Sample rate of the input of `extract`, in Hz: recordings are resampled to it. */
  readonly rate: number;
  /** Samples per frame; a recording needs at least as many. */
  readonly window: number;
  /** Samples from one frame to the next. */
  readonly hop: number;
  /** Its features are read from files that other programs wrote: `extract` refuses samples. Default: no. */
  readonly external?: boolean;
  /** T for a recording with that many samples at `rate`; 0 if they are less than a window. */
  frames(samples: number): number;
  /**
   * The raw features of one recording. They are not normalised: the caller does that, in the
   * returned precision (float64 is normalised before it is rounded to float32).
   *
   * @param samples mono at `rate` in -1..1, [N], at least one window
   * @param name name of the samples, for errors: usually the path
   * @returns [T, F] row-major, finite, T = frames(N)
   * @throws AudioError for samples that give none, such as NaN
   */
  extract(samples: Float32Array, name: string): Promise<Float64Array | Float32Array>;
}

/** The values from which frame counts, durations and minimum lengths are computed. */
export type Framing = Pick<FeatureSet, 'rate' | 'window' | 'hop'>;

/**
 * Windows of `window` samples every `hop`, without padding: the T of most sets.
 *
 * @example
 * console.log(framesWithin(16_000, { window: 400, hop: 160 })); // 98
 */
export function framesWithin(samples: number, { window, hop }: Omit<Framing, 'rate'>): number {
  return samples < window ? 0 : Math.floor((samples - window) / hop) + 1;
}

/** Duration of T frames in seconds. */
export function secondsOf(frames: number, { rate, window, hop }: Framing): number {
  return ((frames - 1) * hop + window) / rate;
}

/** A duration in milliseconds for messages: `25`, `62.5`. */
export function milliseconds(samples: number, { rate }: Pick<FeatureSet, 'rate'>): string {
  return ((1000 * samples) / rate).toFixed(1).replace(/\.0$/, '');
}

/** Error for samples shorter than a frame. */
export function tooFew(samples: number, { rate, window }: Framing, name: string): AudioError {
  return new AudioError(
    `${name}: ${samples} samples at ${rate / 1000} kHz are less than one frame of ${window}`,
    `Give at least ${milliseconds(window, { rate })} ms.`,
  );
}

/**
 * One column over time.
 *
 * @example
 * const { features } = extractFeatures(samples);
 * const energy = columnOf(featureSet('prosody36'), features, 'energy');
 * console.log(energy?.length); // 98
 *
 * @param matrix [T, F] row-major
 * @param name one of the set's names
 * @returns [T]; undefined if the set has no such column
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
