import { FormatError } from '../core/errors.js';
import { poolsDeviation, type ModelConfig } from '../core/config.js';
import { brief, isJsonObject } from '../core/json.js';
import type { FeatureSet } from '../features/sets/feature-set.js';
import { defaultFeatureSet } from '../features/sets/registry.js';

/**
 * Formats of a model folder, in its two files. The first has an input layer and a recurrent layer and does not
 * name the feature set: it is `prosody36`. The second has a list of layers and names the set.
 */
export const modelFormats = ['alstm-model-1', 'alstm-model-2'] as const;
export type ModelFormat = (typeof modelFormats)[number];

/**
 * The oldest format that can describe a model, so that earlier versions can read it if possible: the
 * second if it has a list of layers, other features, a branch for functionals, pools deviations or trims
 * recordings.
 */
export function formatFor({
  model,
  featureSet,
  trimDb,
}: {
  readonly model: ModelConfig;
  readonly featureSet: FeatureSet;
  readonly trimDb?: number | null | undefined;
}): ModelFormat {
  const newer = model.functionals !== undefined || poolsDeviation(model.pooling);
  const usual = featureSet === defaultFeatureSet && (trimDb ?? null) === null;
  const first = model.layers === undefined && usual && !newer;
  return first ? 'alstm-model-1' : 'alstm-model-2';
}

/**
 * The format of a `config.json`.
 *
 * @throws FormatError for an unknown or missing one
 */
export function formatOf(json: unknown, file: string): ModelFormat {
  const format = isJsonObject(json) ? json['format'] : undefined;
  const known = modelFormats.find((name) => name === format);
  if (known !== undefined) return known;
  const wanted = modelFormats.map((name) => `"${name}"`).join(' or ');
  throw new FormatError(
    `${file}: format ${format === undefined ? 'is missing' : brief(format)}, expected ${wanted}`,
    typeof format === 'string' && format.startsWith('alstm-model-')
      ? 'The model was made by another version of alstm: use that one.'
      : 'Give a model folder or a run folder.',
  );
}
