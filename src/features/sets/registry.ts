import { featureSetNames } from '../../core/choices.js';
import { ConfigError, UsageError } from '../../core/errors.js';
import { brief } from '../../core/json.js';
import { externalName, externalSet, hopMsOf, type ExternalShape } from '../external/set.js';
import { DELTA, withDeltas } from './delta.js';
import type { FeatureSet } from './feature-set.js';
import { logmel40 } from './logmel40/set.js';
import { prosody36 } from './prosody36/set.js';
import { voice20 } from './voice20/set.js';
import { voice56 } from './voice56/set.js';

/** The default, also for models, runs and cached features from before sets had names. */
export const defaultFeatureSet: FeatureSet = prosody36;

/** Built-in sets by id. */
const own: Readonly<Record<(typeof featureSetNames)[number], FeatureSet>> = {
  prosody36,
  voice20,
  voice56,
  logmel40,
};

const builtIn = featureSetNames.map((name) => own[name]);

const sets = new Map(builtIn.map((set) => [set.id, set]));

const ownSets = new Set(builtIn);

/** Whether it is a set of this package, or one of them with its deltas: every thread has it by its id. */
export function isBuiltIn(set: FeatureSet): boolean {
  if (ownSets.has(set)) return true;
  if (deltaSet(set.id) !== set) return false;
  const base = sets.get(set.id.slice(0, -DELTA.length));
  return base !== undefined && ownSets.has(base);
}

/**
 * Ids of all registered sets, the built-in ones first.
 *
 * @example
 * for (const id of featureSetIds()) console.log(id, featureSet(id).dimensions);
 */
export function featureSetIds(): readonly string[] {
  return [...sets.keys()];
}

/** What `featureSet` takes, for messages: `prosody36, tiny3 (each also with +delta) and external:NAME`. */
export function knownFeatureSets(): string {
  return `${featureSetIds().join(', ')} (each also with ${DELTA}) and external:NAME`;
}

/**
 * The feature set with an id: a registered one, one with its deltas (`voice20+delta`), or `external:NAME`. The
 * same id gives the same object.
 *
 * @example
 * const { names, rate, dimensions } = featureSet('logmel40');
 * console.log(names[0], rate, dimensions);
 *
 * @param where where it is named, for the error: `m/config.json: features.set`
 * @throws ConfigError if there is none, with the known ids; for an external set of which no file and no model
 *   was read yet
 */
export function featureSet(id: string, where = 'the feature set'): FeatureSet {
  const set = sets.get(id) ?? deltaSet(id);
  if (set !== undefined) return set;
  refuseUnknownSet(id, where);
  throw new ConfigError(
    `${where} is ${brief(id)}, whose number of features is not known: only its files say it`,
    'Load its data or a model of it first.',
  );
}

/**
 * The external set with an id and a shape; from here on `featureSet` knows it. In one process a name has one
 * shape.
 *
 * @param where where the shape is given, for the error
 * @throws ConfigError if it is known with another shape
 */
export function registerExternalSet(id: string, shape: ExternalShape, where: string): FeatureSet {
  const set = externalSet(id, shape);
  const known = sets.get(id) ?? set;
  sets.set(id, known);
  if (known.dimensions === set.dimensions && known.hop === set.hop) return known;
  const text = (own: FeatureSet): string => `${own.dimensions} features every ${hopMsOf(own)} ms`;
  throw new ConfigError(
    `${where}: ${id} has ${text(set)}, but ${text(known)} before`,
    'Give other features another name, or use them in another process.',
  );
}

/**
 * Refuses an id that no set has; the shape of an external one may be unknown.
 *
 * @param where as featureSet
 * @throws ConfigError
 */
export function refuseUnknownSet(id: string, where = 'the feature set'): void {
  if (sets.has(id) || deltaSet(id) !== undefined || externalName(id) !== undefined) return;
  throw new ConfigError(
    `${where} is ${brief(id)}, known are ${knownFeatureSets()}`,
    'Name one of them, use the version of alstm that has it, or add it with registerFeatureSet first.',
  );
}

const deltaSets = new Map<FeatureSet, FeatureSet>();

/** A registered set with its deltas. */
function deltaSet(id: string): FeatureSet | undefined {
  const base = id.endsWith(DELTA) ? sets.get(id.slice(0, -DELTA.length)) : undefined;
  if (base === undefined || base.id.endsWith(DELTA)) return undefined;
  const set = deltaSets.get(base) ?? withDeltas(base);
  deltaSets.set(base, set);
  return set;
}

/** `{ featureSet }`, or `{}` for the default: as in models, datasets and runs. */
export function unlessDefault(set: FeatureSet | undefined): { readonly featureSet?: FeatureSet } {
  return set === undefined || set === defaultFeatureSet ? {} : { featureSet: set };
}

/**
 * Adds a feature set, so that models, runs and datasets may name it: in this process, before any of them
 * is read. The same object may be added again.
 *
 * @example
 * registerFeatureSet({ ...featureSet('prosody36'), id: 'mine' });
 * const features = await featuresOfSamples(samples, 16_000, 'speech', featureSet('mine'));
 *
 * @param set its `id` must be new; there must be `dimensions` distinct `names`
 * @throws UsageError for an invalid set, or one whose id is taken
 */
export function registerFeatureSet(set: FeatureSet): void {
  const known = sets.get(set.id);
  if (known === set) return;
  const taken = known ?? deltaSet(set.id) ?? externalName(set.id);
  const problem = taken === undefined ? problemOf(set) : 'there is another one with this id';
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
