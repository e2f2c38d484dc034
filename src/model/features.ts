import { z } from 'zod';
import { ConfigError } from '../core/errors.js';
import { isJsonObject } from '../core/json.js';
import { checkSchema, integer, listOf, object, oneOf, real, text } from '../core/schema.js';
import { byUtterance, type Normalisation, normalisations } from '../features/normalise.js';
import { functionalCount } from '../core/functionals.js';
import { externalName, hopMsOf } from '../features/external/set.js';
import type { SpeakerPrior } from '../features/speaker-moments.js';
import type { FeatureSet } from '../features/sets/feature-set.js';
import { defaultFeatureSet, featureSet, registerExternalSet } from '../features/sets/registry.js';
import { trimDbSchema } from '../features/schemas.js';
import { unlessUntrimmed } from '../features/trim.js';
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
  return {
    ...(format === 'alstm-model-2' && { set: id, trimDb: trimDb ?? null }),
    ...(set.external && { dimensions: set.dimensions }),
    ...{ rate, window, hop },
    ...normalisationToJson(normalisation),
  };
}

/** `normalisation` and its numbers, as they stand in `config.json`. */
export function normalisationToJson(
  normalisation: Normalisation,
): Readonly<Record<string, unknown>> {
  const { scope: name } = normalisation;
  if (name === 'training') return { normalisation: name, statistics: normalisation.statistics };
  if (name === 'utterance' || normalisation.prior === undefined) return { normalisation: name };
  const { kappa, frames, functionals } = normalisation.prior;
  return {
    normalisation: name,
    prior: { kappa, ...frames, ...(functionals && { functionals }) },
  };
}

/**
 * Parses `features` of a `config.json`. The default normalisation is by utterance.
 *
 * @param source name of the JSON, for errors: usually the path
 * @throws ConfigError for an unknown set, or one with other numbers; if the statistics of the training set are
 *   missing or unexpected, or the prior of speakers is
 */
export function featuresOfJson(json: unknown, format: ModelFormat, source: string): ModelFeatures {
  const set = format === 'alstm-model-1' ? defaultFeatureSet : setOfJson(json, source);
  const schema = schemaOf(set, format);
  const checked = checkSchema(schema, json, source, ['features']);
  const { normalisation: scope = byUtterance.scope, statistics, prior } = checked;
  const { trimDb } = checked as { readonly trimDb?: number | null }; // the first format has none
  const refuse = (key: string, problem: string): ConfigError =>
    new ConfigError(
      `${source}: features.${key} ${problem} the normalisation "${scope}"`,
      'Copy the model folder again: its config.json was changed.',
    );
  if (prior !== undefined && scope !== 'speaker') throw refuse('prior', 'does not belong to');
  if (statistics !== undefined && scope !== 'training') {
    throw refuse('statistics', 'does not belong to');
  }
  return { featureSet: set, ...unlessUntrimmed(trimDb), normalisation: normalisationFrom() };

  function normalisationFrom(): Normalisation {
    if (scope === 'utterance') return { scope };
    if (scope === 'speaker') return { scope, ...(prior && { prior: priorOfJson(prior) }) };
    if (statistics === undefined) throw refuse('statistics', 'is missing for');
    return { scope, statistics };
  }
}

type PriorJson = SpeakerPrior['frames'] & Pick<SpeakerPrior, 'kappa' | 'functionals'>;

function priorOfJson({ kappa, mean, square, functionals }: PriorJson): SpeakerPrior {
  return { kappa, frames: { mean, square }, ...(functionals && { functionals }) };
}

/** The set is read first, because the other fields depend on it. */
function setOfJson(json: unknown, source: string): FeatureSet {
  const fields = isJsonObject(json) ? json : {};
  const id = checkSchema(text(), fields['set'], source, ['features', 'set']);
  return externalName(id) === undefined
    ? featureSet(id, `${source}: features.set`)
    : externalOfJson(id, fields, source);
}

/** An external set is not known before: its numbers are the model's. */
function externalOfJson(id: string, fields: object, source: string): FeatureSet {
  const field = (name: 'rate' | 'hop' | 'dimensions'): number =>
    checkSchema(integer(1), (fields as Record<string, unknown>)[name], source, ['features', name]);
  const hopMs = hopMsOf({ rate: field('rate'), hop: field('hop') });
  return registerExternalSet(id, { dimensions: field('dimensions'), hopMs }, source);
}

function schemaOf(set: FeatureSet, format: ModelFormat) {
  const { id, rate, window, hop, dimensions } = set;
  const only = (value: number) => z.literal(value, `${value}, as in ${id}`);
  const list = (length: number, value: z.ZodType<number>) => {
    const want = `a list of ${length} numbers`;
    return listOf(value, { length, want });
  };
  const perFeature = (value: z.ZodType<number>) => list(dimensions, value);
  const moments = (length: number) => ({
    mean: list(length, real()),
    square: list(length, real({ from: 0 })),
  });
  const shape = {
    rate: only(rate),
    window: only(window),
    hop: only(hop),
    normalisation: oneOf(normalisations).exactOptional(),
    statistics: object({
      mean: perFeature(real()),
      deviation: perFeature(real({ from: 0 })),
    }).exactOptional(),
    prior: object({
      kappa: real({ from: 0 }),
      ...moments(dimensions),
      functionals: object(moments(functionalCount(dimensions))).exactOptional(),
    }).exactOptional(),
  };
  if (format === 'alstm-model-1') return object(shape);
  const width = set.external ? { dimensions: only(dimensions) } : {};
  const trimDb = (
    set.external ? z.null('null for external features') : trimDbSchema
  ).exactOptional();
  return object({ set: z.literal(id), trimDb, ...shape, ...width });
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
