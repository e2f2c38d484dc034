import { z } from 'zod';
import { ConfigError } from '../core/errors.js';
import { brief, isJsonObject } from '../core/json.js';
import { checkSchema, object, oneOf, real, text } from '../core/schema.js';
import { byUtterance, type Normalisation, normalisations } from '../features/normalise.js';
import type { FeatureSet } from '../features/sets/feature-set.js';
import { defaultFeatureSet, featureSet } from '../features/sets/registry.js';
import type { ModelFormat } from './format.js';

/** The features that a model takes: which, and how they are normalised. */
export interface ModelFeatures {
  readonly featureSet: FeatureSet;
  readonly normalisation: Normalisation;
}

/** `features` as it stands in `config.json` of a model folder of a format. */
export function featuresToJson(
  { featureSet: set, normalisation }: ModelFeatures,
  format: ModelFormat,
): unknown {
  const { id, rate, window, hop } = set;
  const { scope, ...statistics } = normalisation;
  return {
    ...(format === 'alstm-model-2' && { set: id, trimDb: null }),
    ...{ rate, window, hop },
    normalisation: scope,
    ...statistics,
  };
}

/**
 * The features that `features` of a `config.json` stands for. Without a normalisation it is by utterance.
 *
 * @param source what the JSON is, for errors: usually the path
 * @throws ConfigError for a set that is not known here, whose numbers are others, or that would have to be
 *   trimmed; where the numbers of the training side are missing, or out of place
 */
export function featuresOfJson(json: unknown, format: ModelFormat, source: string): ModelFeatures {
  const set = format === 'alstm-model-1' ? defaultFeatureSet : setOfJson(json, source);
  const schema = schemaOf(set, format);
  const { normalisation: scope = byUtterance.scope, statistics } = checkSchema(
    schema,
    json,
    source,
    ['features'],
  );
  if (statistics === undefined && scope !== 'training') {
    return { featureSet: set, normalisation: { scope } };
  }
  if (statistics !== undefined && scope === 'training') {
    return { featureSet: set, normalisation: { scope, statistics } };
  }
  throw new ConfigError(
    `${source}: features.statistics ${statistics ? 'does not go with' : 'is missing for'} ` +
      `the normalisation "${scope}"`,
    'Copy the model folder anew: its config.json was changed.',
  );
}

/** First of all the set: what the other fields may be depends on it. */
function setOfJson(json: unknown, source: string): FeatureSet {
  const fields = isJsonObject(json) ? json : {};
  const id = checkSchema(text(), fields['set'], source, ['features', 'set']);
  const set = featureSet(id, `${source}: features.set`);
  const trim = fields['trimDb'];
  if (trim === undefined || trim === null) return set;
  throw new ConfigError(
    `${source}: features.trimDb is ${brief(trim)}, but this version of alstm does not trim recordings`,
    'The model was made by another version of alstm: use that one.',
  );
}

function schemaOf(set: FeatureSet, format: ModelFormat) {
  const { id, rate, window, hop, dimensions } = set;
  const only = (value: number) => z.literal(value, `${value}, as ${id} has it`);
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
  return object({ set: z.literal(id), trimDb: z.null().exactOptional(), ...shape });
}

/**
 * Refuses a model that takes another number of features than its set has.
 *
 * @throws ConfigError
 */
export function refuseOtherWidth(features: number, set: FeatureSet, source: string): void {
  if (features === set.dimensions) return;
  throw new ConfigError(
    `${source}: model.features is ${features}, want ${set.dimensions}, as ${set.id} has them`,
    'Train the model on the features that it names.',
  );
}
