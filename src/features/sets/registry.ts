import { ConfigError, UsageError } from '../../core/errors.js';
import { brief } from '../../core/json.js';
import type { FeatureSet } from './feature-set.js';
import { prosody36 } from './prosody36/set.js';

/** The default, also for models, runs and cached features from before sets had names. */
export const defaultFeatureSet: FeatureSet = prosody36;

/** Built-in sets. */
const builtIn: readonly FeatureSet[] = [prosody36];

const sets = new Map(builtIn.map((set) => [set.id, set]));

/** Ids of all registered sets, the built-in ones first. */
export function featureSetIds(): readonly string[] {
  return [...sets.keys()];
}

/**
 * The feature set with an id.
 *
 * @param where where it is named, for the error: `m/config.json: features.set`
 * @throws ConfigError if there is none, with the known ids
 */
export function featureSet(id: string, where = 'the feature set'): FeatureSet {
  const set = sets.get(id);
  if (set !== undefined) return set;
  throw new ConfigError(
    `${where} is ${brief(id)}, known are ${featureSetIds().join(', ')}`,
    'Name one of them, use the version of alstm that has it, or add it with registerFeatureSet first.',
  );
}

/** `{ featureSet }`, or `{}` for the default: as in models, datasets and runs. */
export function unlessDefault(set: FeatureSet | undefined): { readonly featureSet?: FeatureSet } {
  return set === undefined || set === defaultFeatureSet ? {} : { featureSet: set };
}

/**
 * Adds a feature set, so that models, runs and datasets may name it: in this process, before any of them
 * is read. The same object may be added again.
 *
 * @param set its `id` must be new; there must be `dimensions` distinct `names`
 * @throws UsageError for an invalid set, or one whose id is taken
 */
export function registerFeatureSet(set: FeatureSet): void {
  const known = sets.get(set.id);
  if (known === set) return;
  const problem = known === undefined ? problemOf(set) : 'there is another one with this id';
  if (problem !== undefined) {
    throw new UsageError(
      `the feature set ${brief(set.id)} cannot be added: ${problem}`,
      'See FeatureSet for the requirements of its fields.',
    );
  }
  sets.set(set.id, set);
}

function problemOf({ id, names, ...set }: FeatureSet): string | undefined {
  if (!/^[\w.:+-]{1,64}$/.test(id))
    return 'its id has characters other than letters, digits and . _ : + -';
  for (const field of ['version', 'dimensions', 'rate', 'window', 'hop'] as const) {
    const value = set[field];
    if (Number.isInteger(value) && value >= 1) continue;
    return `its ${field} is ${value}, expected an integer of at least 1`;
  }
  if (names.length !== set.dimensions) {
    return `it has ${names.length} names for ${set.dimensions} dimensions`;
  }
  return new Set(names).size < names.length ? 'two of its names are the same' : undefined;
}
