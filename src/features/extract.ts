import { UsageError } from '../core/errors.js';
import { frameLevels } from './levels.js';
import { normaliseUtterance } from './normalise.js';
import { finiteMean } from './sets/centred.js';
import { type FeatureSet, tooFew } from './sets/feature-set.js';
import { prosodyRows } from './sets/prosody36/rows.js';
import { prosody36 } from './sets/prosody36/set.js';
import { keptFrames, type Trim } from './trim.js';

/** The features of one utterance, row-major. */
export interface Features {
  /** T. */
  readonly frames: number;
  /** [T, F], raw. */
  readonly features: Float32Array;
  /** [T, F], each column with mean 0 and variance 1 over the utterance: the network's input. */
  readonly normalised: Float32Array;
  /** If the recording was trimmed: where the T frames lie in it. */
  readonly trim?: Trim;
}

/**
 * The features of the set `prosody36`, synchronously; for any set, see `featuresOfSamples`.
 *
 * @example
 * const { features, normalised, frames } = extractFeatures(samples);
 * console.log(frames, features.length); // 98 3528
 *
 * @param samples mono at 16 kHz, [N]; their scale does not matter
 * @param name name of the samples, for errors: usually the path
 * @throws AudioError if they are shorter than one frame or hold NaN or an infinity
 */
export function extractFeatures(samples: Float32Array, name = 'samples'): Features {
  return featuresFrom(prosodyRows(samples, name), prosody36.dimensions);
}

/**
 * The features of a set.
 *
 * @param samples mono at the set's rate, [N], in -1..1: some sets keep their level
 * @param name name of the samples, for errors: usually the path
 * @param trimDb leave out quiet frames at the beginning and end, as `keptFrames` says; null: keep all
 * @throws AudioError if they are shorter than one frame, or as the set's `extract`; UsageError if the set
 *   returns anything but [T, F] finite numbers
 */
export async function extractSet(
  set: FeatureSet,
  samples: Float32Array,
  name: string,
  trimDb: number | null = null,
): Promise<Features> {
  const frames = set.frames(samples.length);
  if (frames === 0) throw tooFew(samples.length, set, name);
  const rows = await set.extract(samples, name);
  refuseMisshapen(set, rows, frames, name);
  const { dimensions } = set;
  if (trimDb === null) return featuresFrom(rows, dimensions);
  const { start, end } = keptFrames(frameLevels(samples, frames, set), trimDb);
  const kept = rows.subarray(start * dimensions, end * dimensions);
  return { ...featuresFrom(kept, dimensions), trim: { start, total: frames } };
}

/**
 * T of samples that a set can take.
 *
 * @param name for errors
 * @throws AudioError if they are shorter than one frame, or hold NaN or an infinity
 */
export function framesOfUsable(samples: Float32Array, set: FeatureSet, name: string): number {
  const frames = set.frames(samples.length);
  if (frames === 0) throw tooFew(samples.length, set, name);
  finiteMean(samples, name);
  return frames;
}

/** Where the frames that are kept of a recording lie in it. */
export interface RecordingTrim extends Trim {
  /** The frame after the last one kept. */
  readonly end: number;
}

/**
 * Where the frames that are kept of a recording lie in it; undefined if it is not trimmed.
 *
 * @param samples mono at the set's rate, [N], at least one frame
 * @returns `end`: the frame after the last one kept
 */
export function trimOfSamples(
  samples: Float32Array,
  set: FeatureSet,
  trimDb: number | null | undefined,
): RecordingTrim | undefined {
  if (trimDb === undefined || trimDb === null) return undefined;
  const total = set.frames(samples.length);
  return { ...keptFrames(frameLevels(samples, total, set), trimDb), total };
}

function featuresFrom(rows: Float64Array | Float32Array, dimensions: number): Features {
  return {
    frames: rows.length / dimensions,
    features: new Float32Array(rows),
    normalised: normaliseUtterance(rows, dimensions),
  };
}

/** Catches errors that would otherwise appear far from here: as shifted rows, or as a NaN loss. */
function refuseMisshapen(
  { id, dimensions, names }: FeatureSet,
  rows: Float64Array | Float32Array,
  frames: number,
  name: string,
): void {
  const hint = 'Its extract has to return [T, F] finite numbers, with T = frames(N).';
  if (rows.length !== frames * dimensions) {
    const wanted = `${rows.length} numbers, expected [${frames}, ${dimensions}]`;
    throw new UsageError(`${name}: the feature set ${id} returns ${wanted}`, hint);
  }
  for (let i = 0; i < rows.length; i++) {
    if (Number.isFinite(rows[i])) continue;
    const where = `${names[i % dimensions]} at frame ${Math.floor(i / dimensions)}`;
    throw new UsageError(`${name}: the feature set ${id} returns ${rows[i]} for ${where}`, hint);
  }
}
