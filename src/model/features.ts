import { z } from 'zod';
import { ConfigError } from '../core/errors.js';
import { isJsonObject } from '../core/json.js';
import { checkSchema, object, oneOf, real, text } from '../core/schema.js';
import { byUtterance, type Normalisation, normalisations } from '../features/normalise.js';
import type { FeatureSet } from '../features/sets/feature-set.js';
import { defaultFeatureSet, featureSet } from '../features/sets/registry.js';
import { trimDbSchema, unlessUntrimmed } from '../features/trim.js';
import type { ModelFormat } from './format.js';

/** The features of a model: the feature set and its normalisation. */
export interface ModelFeatures {
  readonly featureSet: FeatureSet;
  /** How recordings are trimmed, as `keptFrames` says; absent: not at all. */
  readonly trimDb?: number;
  readonly normalisation: Normalisation;
}

/** `features` as stored in `config.json` of a model folder of a format. */
export function featuresToJson(
  { featureSet: set, trimDb, normalisation }: ModelFeatures,
  format: ModelFormat,
): unknown {
  const { id, rate, window, hop } = set;
  const { scope, ...statistics } = normalisation;
  return {
    ...(format === 'alstm-model-2' && { set: id, trimDb: trimDb ?? null }),
    ...{ rate, window, hop },
    normalisation: scope,
    ...statistics,
  };
}

/**
 * Parses `features` of a `config.json`. The default normalisation is by utterance.
 *
 * @param source name of the JSON, for errors: usually the path
 * @throws ConfigError for an unknown set, or one with other numbers; if the statistics of the training set are
 *   missing or unexpected
 */
export function featuresOfJson(json: unknown, format: ModelFormat, source: string): ModelFeatures {
  const set = format === 'alstm-model-1' ? defaultFeatureSet : setOfJson(json, source);
  const schema = schemaOf(set, format);
  const checked = checkSchema(schema, json, source, ['features']);
  const { normalisation: scope = byUtterance.scope, statistics } = checked;
  const { trimDb } = checked as { readonly trimDb?: number | null }; // the first format has none
  const own = { featureSet: set, ...unlessUntrimmed(trimDb) };
  if (statistics === undefined && scope !== 'training') {
    return { ...own, normalisation: { scope } };
  }
  if (statistics !== undefined && scope === 'training') {
    return { ...own, normalisation: { scope, statistics } };
  }
  throw new ConfigError(
    `${source}: features.statistics ${statistics ? 'does not belong to' : 'is missing for'} ` +
      `the normalisation "${scope}"`,
    'Copy the model folder again: its config.json was changed.',
  );
}

/** The set is read first, because the other fields depend on it. */
function setOfJson(json: unknown, source: string): FeatureSet {
  const fields = isJsonObject(json) ? json : {};
  const id = checkSchema(text(), fields['set'], source, ['features', 'set']);
  return featureSet(id, `${source}: features.set`);
}

function schemaOf(set: FeatureSet, format: ModelFormat) {
  const { id, rate, window, hop, dimensions } = set;
  const only = (value: number) => z.literal(value, `${value}, as in ${id}`);
  const perFeature = (value: z.ZodType<number>) => {
    const want = `a list of ${dimensions} numbers`;
    return z.array(value, want).length(dimensions, want).readonly();
  };
  const shape = {
    rate: only(rate),
    window: only(window),
    hop: only(hop),
    normalisation: oneOf(normalisations).exactOptional(),
    statistics: object({
      mean: perFeature(real()),
      deviation: perFeature(real({ from: 0 })),
    }).exactOptional(),
  };
  if (format === 'alstm-model-1') return object(shape);
  return object({ set: z.literal(id), trimDb: trimDbSchema.exactOptional(), ...shape });
}

/**
 * Refuses a model with another number of features than its set.
 *
 * @throws ConfigError
 */
export function refuseOtherWidth(features: number, set: FeatureSet, source: string): void {
  if (features === set.dimensions) return;
  throw new ConfigError(
    `${source}: model.features is ${features}, expected ${set.dimensions}, as in ${set.id}`,
    'Train the model on the feature set that it names.',
  );
}
