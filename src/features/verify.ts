import { FormatError } from '../core/errors.js';
import { brief } from '../core/json.js';
import type { SafetensorsFile } from '../core/safetensors.js';
import { extractSet } from './extract.js';
import {
  type Allowed,
  columnDeviations,
  type Deviation,
  floatsOf,
  matrixOf,
  worstOf,
} from './sets/compare.js';
import type { FeatureSet } from './sets/feature-set.js';
import { looseColumns, verifyFeatures } from './sets/prosody36/verify.js';
import { defaultFeatureSet, featureSet } from './sets/registry.js';

const FORMAT_2 = 'alstm-features-2';
const FEATURES = 'expect/features';

/** F0 and what follows from it: these may differ on 2% of the frames. */
const ofPitch: ReadonlySet<string> = new Set([
  ...['f0_semitones', 'voiced', 'f0_slope', 'h1_h2_db', 'h1_a3_db'],
  ...['harmonic_ratio', 'pitch'],
]);
/** A difference of spectra that a steady tone has alike: of it float32 leaves some 1e-6, which is little of what speech has. */
const differences: ReadonlySet<string> = new Set(['flux']);
const near: Allowed = (expected) => 1e-4 * Math.max(1, Math.abs(expected));

/**
 * Computes the features of a fixture and compares them (SPEC sections 3 and 5): of `prosody36`, or in the
 * format `alstm-features-2` of the set that its metadata names.
 *
 * @example
 * const file = readSafetensors(await files.read('voice20.safetensors'));
 * console.log(await verifyFeatureFixture(file));
 *
 * @param file `input/samples` [N], `expect/features` [T, F]; the first format also `expect/normalised`
 * @param name name of the fixture, for errors: usually the path
 * @param extract computes the raw features in float32, such as a GPU; default: the set itself
 * @returns the worst deviation relative to its tolerance
 * @throws FormatError if a tensor is missing, misshapen or holds NaN, or the columns are not the set's;
 *   ConfigError for an unknown set; AudioError for the samples
 */
export async function verifyFeatureFixture(
  { tensors, metadata }: SafetensorsFile,
  name = 'fixture',
  extract?: (set: FeatureSet, samples: Float32Array, name: string) => Promise<Float32Array>,
): Promise<Deviation> {
  const first = metadata['format'] !== FORMAT_2;
  if (first && extract === undefined) return verifyFeatures(tensors, name);
  const set = first ? defaultFeatureSet : featureSet(metadata['set'] ?? '', `${name}: set`);
  const { names } = set;
  if (metadata['names'] !== names.join()) {
    throw new FormatError(
      `${name}: the columns are ${brief(metadata['names'])}, those of ${set.id} are ${names.join()}`,
      'Regenerate the fixture with the oracle of this version.',
    );
  }
  const { data: samples } = floatsOf(tensors, 'input/samples', name);
  const got = extract
    ? await extract(set, samples, name)
    : (await extractSet(set, samples, name)).features;
  const expected = matrixOf(tensors, FEATURES, got.length / names.length, names, name);
  return worstOf(
    columnDeviations({ got, expected, names, tensor: FEATURES }, (column) => {
      const base = column.replace(/^delta_/, '');
      if (first) return looseColumns[base];
      return ofPitch.has(base) || (extract && differences.has(base)) ? near : undefined;
    }),
  );
}
