import { FormatError } from '../../../core/errors.js';
import type { StoredTensor } from '../../../core/safetensors.js';
import { extractFeatures, type Features } from '../../extract.js';
import { COLUMN, FEATURE_COUNT, FEATURE_NAMES } from './settings.js';

/** Deviation of one tensor or column from a fixture. */
export interface Deviation {
  /** The tensor, and after a colon its column: `expect/features: mfcc_1`. */
  readonly tensor: string;
  readonly error: number;
  /** The comparison passes if `error <= tolerance`. */
  readonly tolerance: number;
}

const SAMPLES = 'input/samples';
const FEATURES = 'expect/features';
const NORMALISED = 'expect/normalised';

/** Tolerance of ||got - expected|| / max(||expected||, SMALLEST) per column. */
const COLUMN_TOLERANCE = 1e-4;
const SMALLEST = 1e-6;
/** Share of the frames whose harmonic ratio or pitch may differ, for example at peaks of equal height. */
const FRAMES_TOLERANCE = 0.02;
const RATIO_TOLERANCE = 1e-3;
const PITCH_TOLERANCE = 0.01;

/**
 * Computes the features of a fixture of `feature_oracle.py` and compares them.
 *
 * @param tensors `input/samples` [N], `expect/features` and `expect/normalised` [T, F]
 * @returns the worst deviation relative to its tolerance
 * @throws FormatError if a tensor is missing, misshapen or holds NaN; AudioError for the samples
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

/** Share of the frames on which a column differs by more than `allowed` from the expected value. */
function frameDeviation(
  column: number,
  got: Float32Array,
  expected: Float32Array,
  allowed: (expected: number) => number,
): Deviation {
  let off = 0;
  for (let i = column; i < expected.length; i += FEATURE_COUNT) {
    // Not `>`: NaN differs too.
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
      `${name}: ${key} has shape [${shape.join(', ')}], but the samples give [${frames}, ${FEATURE_COUNT}]`,
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
  if (tensor === undefined) throw broken(`${name}: there is no tensor ${key}`);
  const { shape, data, dtype } = tensor;
  if (!(data instanceof Float32Array)) throw broken(`${name}: ${key} is ${dtype}, not F32`);
  return { shape, data };
}

function broken(message: string): FormatError {
  return new FormatError(message, 'Regenerate the fixture with feature_oracle.py.');
}
