import type { Trim } from '../features/trim.js';
import type { KnownSpeaker } from './normalised.js';

/** What is kept of a recording until it is predicted. */
export interface PreparedFeatures {
  /**
   * [T, F] row-major: normalised if the model normalises by utterance, else as they were extracted. Empty for a long
   * recording.
   */
  readonly features: Float32Array;
  readonly seconds: number;
  readonly trim?: Trim | undefined;
  readonly speaker?: KnownSpeaker | undefined;
  /** Of a recording of more than an hour in a large file: its features are computed as they are asked for. */
  readonly long?: LongFeatures | undefined;
}

/** A recording that is too long to be in memory. */
export interface LongFeatures {
  readonly path: string;
  /** T of the whole recording. */
  readonly frames: number;
  /** Its stretches in order, each prepared as a recording of its own; may be called again. */
  readonly stretches: () => AsyncGenerator<PreparedStretch, void, undefined>;
}

/** The features of a stretch of a long recording. */
export interface PreparedStretch extends PreparedFeatures {
  /** First frame, of the whole recording's. */
  readonly first: number;
}
