import { ConfigError, UsageError } from '../../core/errors.js';
import { brief } from '../../core/json.js';
import type { FeatureSet } from './feature-set.js';
import { prosody36 } from './prosody36/set.js';

/** What holds where nothing is said: of models, runs and cached features from before sets had names, too. */
export const defaultFeatureSet: FeatureSet = prosody36;

/** Those that come with alstm. */
const builtIn: readonly FeatureSet[] = [prosody36];

const sets = new Map(builtIn.map((set) => [set.id, set]));

/** Ids of the sets that there are, the built-in ones first. */
export function featureSetIds(): readonly string[] {
  return [...sets.keys()];
}

/**
 * The feature set of an id.
 *
 * @param where what names it, for the error: `m/config.json: features.set`
 * @throws ConfigError where there is none, with the ids that there are
 */
export function featureSet(id: string, where = 'the feature set'): FeatureSet {
  const set = sets.get(id);
  if (set !== undefined) return set;
  throw new ConfigError(
    `${where} is ${brief(id)}, known are ${featureSetIds().join(', ')}`,
    'Name one of them, use the version of alstm that has it, or add it by registerFeatureSet first.',
  );
}

/** `{ featureSet }`, or nothing for the default: as it is said of models, datasets and runs that have it. */
export function unlessDefault(set: FeatureSet | undefined): { readonly featureSet?: FeatureSet } {
  return set === undefined || set === defaultFeatureSet ? {} : { featureSet: set };
}

/**
 * Adds a feature set, so that models, runs and datasets may name it: in this process, before anything is
 * read that does. The same object may be added again.
 *
 * @param set its `id` is new; `names` are `dimensions` many, and no two alike
 * @throws UsageError for a set that cannot be, or whose id another has
 */
export function registerFeatureSet(set: FeatureSet): void {
  const known = sets.get(set.id);
  if (known === set) return;
  const problem = known === undefined ? problemOf(set) : 'there is another of this id';
  if (problem !== undefined) {
    throw new UsageError(
      `the feature set ${brief(set.id)} cannot be added: ${problem}`,
      'FeatureSet says what each of its fields has to be.',
    );
  }
  sets.set(set.id, set);
}

function problemOf({ id, names, ...set }: FeatureSet): string | undefined {
  if (!/^[\w.:+-]{1,64}$/.test(id)) return 'its id is not of letters, digits and . _ : + -';
  for (const field of ['version', 'dimensions', 'rate', 'window', 'hop'] as const) {
    const value = set[field];
    if (Number.isInteger(value) && value >= 1) continue;
    return `its ${field} is ${value}, want an integer from 1 up`;
  }
  if (names.length !== set.dimensions) {
    return `it has ${names.length} names for ${set.dimensions} dimensions`;
  }
  return new Set(names).size < names.length ? 'two of its names are alike' : undefined;
}
