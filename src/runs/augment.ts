import type { z } from 'zod';
import { augmentKeys, type AugmentConfig } from '../core/augment.js';
import { ConfigError } from '../core/errors.js';
import { checkSchema, integer, object, real } from '../core/schema.js';

const share = real({ from: 0, to: 1 });
const deviation = real({ from: 0 });

const fields = {
  timeMasks: integer(0).exactOptional(),
  timeMaskShare: share.exactOptional(),
  featureMasks: integer(0).exactOptional(),
  featureMaskShare: share.exactOptional(),
  gain: deviation.exactOptional(),
  offset: deviation.exactOptional(),
  stretch: real({ from: 0, to: 0.5 }).exactOptional(),
  crop: real({ from: 0, under: 1 }).exactOptional(),
  functionalNoise: deviation.exactOptional(),
  functionalOffset: deviation.exactOptional(),
  functionalDropout: real({ from: 0, under: 1 }).exactOptional(),
  functionalMasks: integer(0).exactOptional(),
  functionalMaskShare: share.exactOptional(),
} satisfies Record<(typeof augmentKeys)[number], z.ZodType>;

/** @internal */
export const augmentSchema: z.ZodType<AugmentConfig> = object(fields);

/** Most masks of either kind. */
const MOST_MASKS = 100;

/**
 * Checks settings of augmentation; undefined if all are off, else those that are on.
 *
 * @throws ConfigError naming the field, or a kind of mask that has a number but no size
 */
export function parseAugment(
  json: unknown,
  source: string,
  at: readonly string[] = [],
): AugmentConfig | undefined {
  const given = checkSchema(augmentSchema, json, source, at);
  const name = [...at, ''].join('.');
  for (const kind of ['timeMask', 'featureMask', 'functionalMask'] as const) {
    const count = given[`${kind}s`] ?? 0;
    if (count > MOST_MASKS) {
      throw new ConfigError(
        `${source}: ${name}${kind}s is ${count}`,
        `Give at most ${MOST_MASKS} masks.`,
      );
    }
    if (count > 0 !== (given[`${kind}Share`] ?? 0) > 0) {
      throw new ConfigError(
        `${source}: of ${name}${kind}s and ${name}${kind}Share only one is given`,
        'Give both: how many masks, and how large they are at most.',
      );
    }
  }
  const on = augmentKeys.filter((key) => (given[key] ?? 0) > 0);
  return on.length === 0 ? undefined : Object.fromEntries(on.map((key) => [key, given[key]]));
}
