import type { StoredTensor } from '../../../core/safetensors.js';
import { extractFeatures, type Features } from '../../extract.js';
import {
  type Allowed,
  columnDeviations,
  type Deviation,
  floatsOf,
  matrixOf,
  worstOf,
} from '../compare.js';
import { FEATURE_NAMES } from './settings.js';

const SAMPLES = 'input/samples';
const FEATURES = 'expect/features';
const NORMALISED = 'expect/normalised';

/** Columns that may differ on 2% of the frames, by more than this. */
export const looseColumns: Readonly<Record<string, Allowed>> = {
  harmonic_ratio: () => 1e-3,
  pitch: (hz) => 0.01 * hz,
};

/**
 * Computes the features of a fixture of `feature_oracle.py` and compares them.
 *
 * @example
 * const { tensors } = readSafetensors(await files.read('prosody36.safetensors'));
 * console.log(verifyFeatures(tensors));
 *
 * @param tensors `input/samples` [N], `expect/features` and `expect/normalised` [T, F]
 * @returns the worst deviation relative to its tolerance
 * @throws FormatError if a tensor is missing, misshapen or holds NaN; AudioError for the samples
 */
export function verifyFeatures(
  tensors: ReadonlyMap<string, StoredTensor>,
  name = 'fixture',
): Deviation {
  const samples = floatsOf(tensors, SAMPLES, name).data;
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
  const names = FEATURE_NAMES;
  const pairOf = (tensor: string, own: Float32Array) => ({
    ...{ names, tensor, got: own },
    expected: matrixOf(expected, tensor, got.frames, names, name),
  });
  const raw = columnDeviations(pairOf(FEATURES, got.features), (column) => looseColumns[column]);
  const normalised = columnDeviations(pairOf(NORMALISED, got.normalised), () => undefined);
  // normalised, harmonic ratio and pitch have no scale to compare by
  return worstOf([
    ...raw,
    ...normalised.filter((_, column) => looseColumns[names[column]!] === undefined),
  ]);
}
