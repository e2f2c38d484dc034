import { z } from 'zod';
import { ConfigError } from '../core/errors.js';
import { object, oneOf, real } from '../core/schema.js';
import { byUtterance, type Normalisation, normalisations } from '../features/normalise.js';
import { FEATURE_COUNT, FEATURE_SETTINGS } from '../features/settings.js';

const perFeature = (value: z.ZodType<number>) => {
  const want = `a list of ${FEATURE_COUNT} numbers`;
  return z.array(value, want).length(FEATURE_COUNT, want).readonly();
};

/** `features` in `config.json` of a model folder. Without a normalisation it is by utterance. */
export const featuresSchema = object({
  rate: only(FEATURE_SETTINGS.rate),
  window: only(FEATURE_SETTINGS.window),
  hop: only(FEATURE_SETTINGS.hop),
  normalisation: oneOf(normalisations).exactOptional(),
  statistics: object({
    mean: perFeature(real()),
    deviation: perFeature(real({ from: 0 })),
  }).exactOptional(),
});

function only<T extends string | number>(value: T) {
  return z.literal(value, `${JSON.stringify(value)}, the only features there are`);
}

/** As it stands in `config.json`. */
export function featuresToJson(normalisation: Normalisation): unknown {
  const { scope, ...statistics } = normalisation;
  return { ...FEATURE_SETTINGS, normalisation: scope, ...statistics };
}

/**
 * How a model's features are normalised, from `features` as the schema has them.
 *
 * @throws ConfigError where the numbers of the training side are missing, or out of place
 */
export function normalisationOfJson(
  { normalisation: scope = byUtterance.scope, statistics }: z.infer<typeof featuresSchema>,
  file: string,
): Normalisation {
  if (statistics === undefined && scope !== 'training') return { scope };
  if (statistics !== undefined && scope === 'training') return { scope, statistics };
  throw new ConfigError(
    `${file}: features.statistics ${statistics ? 'does not go with' : 'is missing for'} ` +
      `the normalisation "${scope}"`,
    'Copy the model folder anew: its config.json was changed.',
  );
}
