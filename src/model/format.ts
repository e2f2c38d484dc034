import { FormatError } from '../core/errors.js';
import { brief, isJsonObject } from '../core/json.js';
import type { FeatureSet } from '../features/sets/feature-set.js';
import { defaultFeatureSet } from '../features/sets/registry.js';

/**
 * Formats of a model folder, in its two files. The first says nothing of the feature set: it is `prosody36`.
 * The second names it.
 */
export const modelFormats = ['alstm-model-1', 'alstm-model-2'] as const;
export type ModelFormat = (typeof modelFormats)[number];

/** The oldest format that can say what a model is, so that versions before this one read it where they could. */
export function formatFor({ featureSet }: { readonly featureSet: FeatureSet }): ModelFormat {
  return featureSet === defaultFeatureSet ? 'alstm-model-1' : 'alstm-model-2';
}

/**
 * The format that a `config.json` says it has.
 *
 * @throws FormatError for another one, or none
 */
export function formatOf(json: unknown, file: string): ModelFormat {
  const format = isJsonObject(json) ? json['format'] : undefined;
  const known = modelFormats.find((name) => name === format);
  if (known !== undefined) return known;
  const wanted = modelFormats.map((name) => `"${name}"`).join(' or ');
  throw new FormatError(
    `${file}: format ${format === undefined ? 'is missing' : brief(format)}, want ${wanted}`,
    typeof format === 'string' && format.startsWith('alstm-model-')
      ? 'The model was made by another version of alstm: use that one.'
      : 'Give a model folder or a run folder.',
  );
}
