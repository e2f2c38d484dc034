import { FormatError } from '../../../core/errors.js';
import type { StoredTensor } from '../../../core/safetensors.js';
import { extractFeatures, type Features } from '../../extract.js';
import { COLUMN, FEATURE_COUNT, FEATURE_NAMES } from './settings.js';

/** How far one thing is from what a fixture expects of it. */
export interface Deviation {
  /** The tensor, and after a colon the column of it: `expect/features: mfcc_1`. */
  readonly tensor: string;
  readonly error: number;
  /** The comparison holds where `error <= tolerance`. */
  readonly tolerance: number;
}

const SAMPLES = 'input/samples';
const FEATURES = 'expect/features';
const NORMALISED = 'expect/normalised';

/** Of ||got - expected|| / max(||expected||, SMALLEST), a column. */
const COLUMN_TOLERANCE = 1e-4;
const SMALLEST = 1e-6;
/** Share of the frames whose harmonic ratio or pitch may differ: peaks of equal height, say. */
const FRAMES_TOLERANCE = 0.02;
const RATIO_TOLERANCE = 1e-3;
const PITCH_TOLERANCE = 0.01;

/**
 * Runs the features on a fixture of `feature_oracle.py` and compares.
 *
 * @param tensors `input/samples` [N], `expect/features` and `expect/normalised` [T, F]
 * @returns the deviation that is worst relative to its tolerance
 * @throws FormatError where a tensor is missing, misshapen or holds NaN; AudioError for the samples
 */
export function verifyFeatures(
  tensors: ReadonlyMap<string, StoredTensor>,
  name = 'fixture',
): Deviation {
  const samples = floats(tensors, SAMPLES, name).data;
  return compareFeatures(extractFeatures(samples, name), tensors, name);
}

/**
 * The worst deviation, relative to its tolerance, of features from a fixture's (SPEC section 3): the
 * first 34 columns by norm, raw and normalised; harmonic ratio and pitch frame by frame.
 *
 * @throws FormatError as `verifyFeatures`
 */
export function compareFeatures(
  got: Features,
  expected: ReadonlyMap<string, StoredTensor>,
  name = 'fixture',
): Deviation {
  const features = matrix(expected, FEATURES, got.frames, name);
  const normalised = matrix(expected, NORMALISED, got.frames, name);
  const deviations = [
    ...columnDeviations(FEATURES, got.features, features),
    ...columnDeviations(NORMALISED, got.normalised, normalised),
    frameDeviation(COLUMN.harmonicRatio, got.features, features, () => RATIO_TOLERANCE),
    frameDeviation(COLUMN.pitch, got.features, features, (hz) => PITCH_TOLERANCE * hz),
  ];
  return deviations.reduce((worst, d) => (severity(d) > severity(worst) ? d : worst));
}

function severity({ error, tolerance }: Deviation): number {
  return Number.isNaN(error) ? Infinity : error / tolerance;
}

function columnDeviations(tensor: string, got: Float32Array, expected: Float32Array): Deviation[] {
  return FEATURE_NAMES.slice(0, COLUMN.harmonicRatio).map((feature, column) => {
    let difference = 0;
    let norm = 0;
    for (let i = column; i < expected.length; i += FEATURE_COUNT) {
      difference += (got[i]! - expected[i]!) ** 2;
      norm += expected[i]! ** 2;
    }
    const error = Math.sqrt(difference) / Math.max(Math.sqrt(norm), SMALLEST);
    return { tensor: `${tensor}: ${feature}`, error, tolerance: COLUMN_TOLERANCE };
  });
}

/** Share of the frames on which a column is further off than `allowed` for the expected value. */
function frameDeviation(
  column: number,
  got: Float32Array,
  expected: Float32Array,
  allowed: (expected: number) => number,
): Deviation {
  let off = 0;
  for (let i = column; i < expected.length; i += FEATURE_COUNT) {
    // Not `>`: NaN is off too.
    if (!(Math.abs(got[i]! - expected[i]!) <= allowed(expected[i]!))) off++;
  }
  const error = off / (expected.length / FEATURE_COUNT);
  return {
    tensor: `${FEATURES}: share of frames off in ${FEATURE_NAMES[column]}`,
    error,
    tolerance: FRAMES_TOLERANCE,
  };
}

function matrix(
  tensors: ReadonlyMap<string, StoredTensor>,
  key: string,
  frames: number,
  name: string,
): Float32Array {
  const { shape, data } = floats(tensors, key, name);
  if (shape.length !== 2 || shape[0] !== frames || shape[1] !== FEATURE_COUNT) {
    throw broken(
      `${name}: ${key} has shape [${shape.join(', ')}], the samples give [${frames}, ${FEATURE_COUNT}]`,
    );
  }
  const at = data.findIndex((x) => !Number.isFinite(x));
  if (at >= 0) {
    const frame = Math.floor(at / FEATURE_COUNT);
    const feature = FEATURE_NAMES[at % FEATURE_COUNT];
    throw broken(`${name}: ${key} is ${data[at]} at frame ${frame}, ${feature}`);
  }
  return data;
}

function floats(
  tensors: ReadonlyMap<string, StoredTensor>,
  key: string,
  name: string,
): { readonly shape: readonly number[]; readonly data: Float32Array } {
  const tensor = tensors.get(key);
  if (tensor === undefined) throw broken(`${name}: has no tensor ${key}`);
  const { shape, data, dtype } = tensor;
  if (!(data instanceof Float32Array)) throw broken(`${name}: ${key} is ${dtype}, not F32`);
  return { shape, data };
}

function broken(message: string): FormatError {
  return new FormatError(message, 'Make the fixture again with feature_oracle.py.');
}
