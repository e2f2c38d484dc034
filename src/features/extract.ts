import { UsageError } from '../core/errors.js';
import { normaliseUtterance } from './normalise.js';
import { type FeatureSet, tooFew } from './sets/feature-set.js';
import { prosodyRows } from './sets/prosody36/rows.js';
import { prosody36 } from './sets/prosody36/set.js';

/** The features of one utterance, row-major. */
export interface Features {
  /** T. */
  readonly frames: number;
  /** [T, F], as they are. */
  readonly features: Float32Array;
  /** [T, F], each column of mean 0 and variance 1 over the utterance: what the network takes. */
  readonly normalised: Float32Array;
}

/**
 * The features of the set `prosody36`, at once; those of any set: `featuresOfSamples`.
 *
 * @param samples mono at 16 kHz, [N]; their scale does not matter
 * @param name what the samples are, for errors: usually the path
 * @throws AudioError when they are fewer than one frame or hold NaN or an infinity
 */
export function extractFeatures(samples: Float32Array, name = 'samples'): Features {
  return featuresFrom(prosodyRows(samples, name), prosody36.dimensions);
}

/**
 * The features of a set.
 *
 * @param samples mono at the set's rate, [N]; their scale does not matter
 * @param name what the samples are, for errors: usually the path
 * @throws AudioError when they are fewer than one frame, or as the set's `extract`; UsageError where the set
 *   gives anything but [T, F] finite numbers
 */
export async function extractSet(
  set: FeatureSet,
  samples: Float32Array,
  name: string,
): Promise<Features> {
  const frames = set.frames(samples.length);
  if (frames === 0) throw tooFew(samples.length, set, name);
  const rows = await set.extract(samples, name);
  refuseMisshapen(set, rows, frames, name);
  return featuresFrom(rows, set.dimensions);
}

function featuresFrom(rows: Float64Array | Float32Array, dimensions: number): Features {
  return {
    frames: rows.length / dimensions,
    features: Float32Array.from(rows),
    normalised: normaliseUtterance(rows, dimensions),
  };
}

/** What would otherwise be met far from here: as rows that are shifted, or as a loss that is NaN. */
function refuseMisshapen(
  { id, dimensions, names }: FeatureSet,
  rows: Float64Array | Float32Array,
  frames: number,
  name: string,
): void {
  const hint = 'Its extract has to return [T, F] finite numbers, T as its frames says.';
  if (rows.length !== frames * dimensions) {
    const wanted = `${rows.length} numbers, want [${frames}, ${dimensions}]`;
    throw new UsageError(`${name}: the feature set ${id} gives ${wanted}`, hint);
  }
  for (let i = 0; i < rows.length; i++) {
    if (Number.isFinite(rows[i])) continue;
    const where = `${names[i % dimensions]} at frame ${Math.floor(i / dimensions)}`;
    throw new UsageError(`${name}: the feature set ${id} gives ${rows[i]} for ${where}`, hint);
  }
}
